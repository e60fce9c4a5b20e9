import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

// `dist/` for the package: Node strips types everywhere but under `node_modules`.
const root = join(import.meta.dirname, '..');
const [from, to] = [join(root, 'src'), join(root, 'dist')];

rmSync(to, { recursive: true, force: true });
const tsc = join(root, 'node_modules/typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root });
// What the code reads beside itself: scenarios, recorded schemas.
const isData = (path: string): boolean =>
  !path.endsWith('.ts') && !relative(from, path).split('/').includes('testdata');
cpSync(from, to, { recursive: true, filter: isData });
chmodSync(join(to, 'cli.js'), 0o755);
