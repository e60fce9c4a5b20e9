import { hostname } from 'node:os';
import type { NewId } from '../core/ids.ts';

/** This process, as leases and intents name it, and what it can tell about others. */
export interface Instance {
  /** `<host>/<pid>/<nonce>` */
  readonly id: string;
  /** `unknown` = another machine: only its heartbeat can tell. */
  liveness(owner: string): 'alive' | 'dead' | 'unknown';
}

/** Make one per process: two of them would take each other for dead. */
export function processInstance(newId: NewId): Instance {
  const id = `${hostname()}/${process.pid}/${newId('process')}`;
  return {
    id,
    liveness(owner) {
      if (owner === id) return 'alive';
      const [host, pid] = owner.split('/');
      if (host !== hostname()) return 'unknown';
      // The same number with another nonce is a process before us (in a container it is always 1).
      if (pid === undefined || Number(pid) === process.pid) return 'dead';
      return hasProcess(Number(pid)) ? 'unknown' : 'dead';
    },
  };
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
