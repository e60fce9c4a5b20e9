import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/** What the process was started with. Only this file reads it. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly user: string;
  readonly folder: string;
  /** Of this package: what comes with it (`lessons/`) lies here. */
  readonly packageDir: string;
  /** For what can be made again at any time. */
  readonly cacheDir: string;
}

/** `packageDir` is told by the entry file, the only one that keeps its place when everything is bundled. */
export function readEnvironment(packageDir: string): Environment {
  const home = homedir();
  return {
    variables: { ...process.env },
    home,
    user: userName(),
    folder: process.cwd(),
    packageDir,
    cacheDir: join(process.env['XDG_CACHE_HOME'] || join(home, '.cache'), 'steward'),
  };
}

/** A container may run as a number without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'local';
  }
}
