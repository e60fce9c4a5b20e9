#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { main } from './cli/main.ts';
import { readEnvironment } from './config/environment.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url)); // `src/` and `dist/` are equally deep
process.exitCode = await main(process.argv.slice(2), readEnvironment(packageDir));
