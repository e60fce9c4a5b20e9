import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { StewardError } from '../../core/errors.ts';
import type { Workspace } from './workspace.ts';

/** Content that lies at `file` (from the work folder) and has this digest. */
export interface KeptChart {
  readonly file: string;
  readonly digest: string;
}

const MAX_BYTES = 32 * 1024 * 1024;

/** Keeps the one archive that helm put into `pulled` under its digest. */
export async function keepPulled(work: Workspace, pulled: string): Promise<KeptChart> {
  const [archive, ...more] = await readdir(work.path(pulled));
  if (archive === undefined || more.length > 0) throw unusable('helm brought no archive');
  const kept = await keepArchive(work, join(work.path(pulled), archive));
  await rm(work.path(pulled), { recursive: true, force: true });
  return kept;
}

/** Copies a chart of a local folder, so that what was judged is what is installed. */
export async function keepLocal(work: Workspace, folders: readonly string[], name: string): Promise<KeptChart> {
  for (const folder of folders) {
    const root = await realpath(folder).catch(() => undefined);
    const source = root && (await realpath(join(root, name)).catch(() => undefined));
    if (root === undefined || source === undefined) continue;
    if (!source.startsWith(`${root}${sep}`)) throw unusable(`${name} leads out of its folder`);
    return (await stat(source)).isDirectory() ? keepFolder(work, source) : keepArchive(work, source);
  }
  throw unusable(`no local folder holds ${name}`);
}

async function keepArchive(work: Workspace, source: string): Promise<KeptChart> {
  if ((await stat(source)).size > MAX_BYTES) throw unusable('it is larger than 32 MiB');
  const digest = createHash('sha256')
    .update(await readFile(source))
    .digest('hex');
  const file = `charts/${digest}.tgz`;
  await cp(source, work.path(file));
  return { file, digest };
}

async function keepFolder(work: Workspace, source: string): Promise<KeptChart> {
  const copy = work.path(work.fresh('copied'));
  await mkdir(copy, { mode: 0o700 });
  await cp(source, copy, { recursive: true, verbatimSymlinks: true });
  const digest = await digestOfFolder(copy);
  const file = `charts/${digest}`;
  // A copy of the same content is there already; the fresh one is not needed.
  await rename(copy, work.path(file)).catch(() => rm(copy, { recursive: true, force: true }));
  return { file, digest };
}

/** Over names and contents of all files; links are refused, since they may lead anywhere. */
async function digestOfFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  let bytes = 0;
  for (const entry of files.map((one) => ({ one, path: join(one.parentPath, one.name) })).toSorted(byPath)) {
    if (!entry.one.isFile()) throw unusable(`${entry.one.name} is a link or no plain file`);
    const content = await readFile(entry.path);
    bytes += content.length;
    if (bytes > MAX_BYTES) throw unusable('it is larger than 32 MiB');
    hash.update(`${relative(folder, entry.path)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number => (a.path < b.path ? -1 : 1);

const unusable = (reason: string): StewardError =>
  new StewardError(`Unable to use the chart: ${reason}.`, {
    kind: 'target',
    code: 'chart_unavailable',
    hint: 'Check its name, its version and the configured sources.',
  });
