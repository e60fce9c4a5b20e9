#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from './config/environment.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url)); // `src/` and `dist/` are equally deep
const environment = readEnvironment(packageDir);
// Halves the time of a start. In a folder of the user's own: the default in /tmp could be filled by somebody else.
enableCompileCache(join(environment.cacheDir, 'compiled'));
const { main } = await import('./cli/main.ts');
process.exitCode = await main(process.argv.slice(2), environment);
