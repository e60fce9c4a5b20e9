import { homedir, userInfo } from 'node:os';

/** What the process was started with. Only this file reads it. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly user: string;
  readonly folder: string;
}

export function readEnvironment(): Environment {
  return { variables: { ...process.env }, home: homedir(), user: userName(), folder: process.cwd() };
}

/** A container may run as a number without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'local';
  }
}
