// Builds dist/: the JavaScript of src/, file by file, and the data files beside it. `dist/` and `src/` are equally deep,
// so that what looks for its data by its own place finds it in both.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  { stdio: 'inherit' },
);
for (const file of globSync('**/*.{gz,yaml}', { cwd: join(root, 'src') })) {
  mkdirSync(dirname(join(dist, file)), { recursive: true });
  copyFileSync(join(root, 'src', file), join(dist, file));
}
chmodSync(join(dist, 'cli.js'), 0o755);
