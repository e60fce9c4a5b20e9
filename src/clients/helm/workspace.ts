import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KUBECONFIG } from './commands.ts';

/** The folder that helm is started in: everything it reads and writes lies here and goes with it. */
export interface Workspace {
  readonly folder: string;
  /** Own home and caches, so that nothing of the person's own helm is read or changed. */
  readonly variables: Readonly<Record<string, string>>;
  /** A fresh name below the folder, `pulled-7`. */
  fresh(prefix: string): string;
  /** Runs `use` with the name of a file that holds these values and is gone afterwards, whatever happens. */
  withValues<T>(values: Readonly<Record<string, unknown>>, use: (file: string) => Promise<T>): Promise<T>;
  path(name: string): string;
  remove(): Promise<void>;
}

/** Everything in it is for the owner of the process alone. */
export async function openWorkspace(parent: string, kubeconfig: string): Promise<Workspace> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, 'run-'));
  let count = 0;
  for (const name of ['home', 'charts', 'tmp']) await mkdir(join(folder, name), { mode: 0o700 });
  await writeFile(join(folder, KUBECONFIG), kubeconfig, { mode: 0o600, flag: 'wx' });
  const home = join(folder, 'home');
  const fresh = (prefix: string): string => `${prefix}-${++count}`;
  return {
    folder,
    variables: {
      HOME: home,
      TMPDIR: join(folder, 'tmp'),
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
      HELM_PLUGINS: join(home, 'plugins'),
    },
    fresh,
    async withValues(values, use) {
      const file = `${fresh('values')}.json`;
      try {
        await writeFile(join(folder, file), JSON.stringify(values), { mode: 0o600, flag: 'wx' });
        return await use(file);
      } finally {
        await rm(join(folder, file), { force: true });
      }
    },
    path: (name) => join(folder, name),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
