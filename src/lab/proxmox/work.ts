import type { Call } from './endpoint.ts';
import { failure } from './fault.ts';
import { checkLock } from './guest-config.ts';
import type { GuestState } from './state.ts';

export interface Work {
  /** Name of the task for a VM and for a container. */
  readonly type: readonly [qemu: string, lxc: string];
  readonly node?: string;
  /** Held while it runs. */
  readonly lock?: string | undefined;
  /** Multiples of the time of one task. */
  readonly length?: number;
  readonly tookMs?: number;
  readonly log?: readonly string[];
  /** Looked at when the worker starts; what it throws is the exit status, not an answer to the request. */
  check?(): void;
  finish(): readonly string[] | void;
  /** When it failed or was stopped. */
  undo?(): void;
}

const fail = (error: unknown) => (): never => {
  throw error;
};

/** Starts the worker of a guest; answers its UPID. A guest that is locked fails in the task, not in the request. */
export function startWork({ cluster, caller }: Call, guest: GuestState, work: Work): string {
  const plan = {
    node: work.node ?? guest.node,
    type: work.type[guest.type === 'qemu' ? 0 : 1],
    id: String(guest.vmid),
    user: caller.user,
    tookMs: work.tookMs ?? cluster.timing.taskMs * (work.length ?? 1),
    log: work.log ?? [],
  };
  try {
    checkLock(guest);
    work.check?.();
  } catch (error) {
    return cluster.tasks.start({ ...plan, tookMs: cluster.timing.taskMs / 4, log: [], finish: fail(error) });
  }
  if (work.lock !== undefined) guest.lock = work.lock;
  return cluster.tasks.start({
    ...plan,
    release() {
      if (work.lock !== undefined) guest.lock = undefined;
    },
    undo: () => work.undo?.(),
    finish: () => work.finish(),
  });
}

/** Throws 500: the id is taken, whatever node it is on. */
export function checkFree(call: Call, newid: number, doing: string): void {
  const taken = call.cluster.state.guests.get(newid);
  if (!taken) return;
  const kind = taken.type === 'qemu' ? 'VM' : 'CT';
  throw failure(`unable to ${doing} ${kind} ${newid} - ${kind} ${newid} already exists on node '${taken.node}'`);
}
