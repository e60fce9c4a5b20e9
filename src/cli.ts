#!/usr/bin/env node
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from './config/environment.ts';

const OLDEST_NODE = 22;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(`error Unable to start: steward needs Node ${OLDEST_NODE}.12 or newer. [node_too_old]\n`);
  process.stderr.write(
    `  This is Node ${process.versions.node}; install a newer one, or run it with: npx -p node@24 steward\n`,
  );
  process.exitCode = 78;
} else {
  const packageDir = fileURLToPath(new URL('..', import.meta.url)); // `src/` and `dist/` are equally deep
  const environment = readEnvironment(packageDir);
  // Halves the time of a start. In a folder of the user's own: the default in /tmp could be filled by somebody else.
  module.enableCompileCache(join(environment.cacheDir, 'compiled'));
  const { main } = await import('./cli/main.ts');
  process.exitCode = await main(process.argv.slice(2), environment);
}
