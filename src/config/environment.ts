import { homedir, userInfo } from 'node:os';

/** What the process was started with. Only this file reads it. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly user: string;
  readonly folder: string;
  /** Of this package: what comes with it (`lessons/`) lies here. */
  readonly packageDir: string;
}

/** `packageDir` is told by the entry file, the only one that keeps its place when everything is bundled. */
export function readEnvironment(packageDir: string): Environment {
  return { variables: { ...process.env }, home: homedir(), user: userName(), folder: process.cwd(), packageDir };
}

/** A container may run as a number without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'local';
  }
}
