import { messageOf } from '../../core/errors.ts';
import type { ClusterState, TaskFaultState, TaskState } from './state.ts';
import type { Timeline } from './timeline.ts';

export interface TaskPlan {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly tookMs: number;
  /** Lines on the way, spread over its time. */
  readonly log?: readonly string[];
  /** Done at the end; what it throws is the exit status. Answers warnings. */
  finish(): readonly string[] | void;
  /** Done at the end in any case, before anything else: locks. */
  release?(): void;
  /** Done when it failed or was stopped. */
  undo?(): void;
}

/** A failure that says more in its log than in its exit status. */
export class WorkFault extends Error {
  readonly lines: readonly string[];
  constructor(exit: string, lines: readonly string[]) {
    super(exit);
    this.name = 'WorkFault';
    this.lines = lines;
  }
}

const hex = (value: number, length = 8): string => value.toString(16).toUpperCase().padStart(length, '0');

/** A process id per task; a second is a hundred of the kernel's ticks since boot. */
export function upidOf(
  { node, type, id, user }: Pick<TaskPlan, 'node' | 'type' | 'id' | 'user'>,
  at: number,
  pid: number,
  bootedAt: number,
): Pick<TaskState, 'upid' | 'pid' | 'pstart'> {
  const pstart = Math.max(1, Math.floor((at - bootedAt) / 10)) % 0xff_ff_ff_ff;
  const upid = `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(Math.floor(at / 1000))}:${type}:${id}:${user}:`;
  return { upid, pid, pstart };
}

const WORKERS_FROM = 2000;

export const isSuccess = (exit: string): boolean => /^(OK|WARNINGS: \d+)$/.test(exit);

function exitOf(task: TaskState, warnings: readonly string[]): string {
  task.log.push(...warnings.map((line) => `WARN: ${line}`));
  return warnings.length > 0 ? `WARNINGS: ${warnings.length}` : 'OK';
}

export class Tasks {
  readonly #state: ClusterState;
  readonly #time: Timeline;
  readonly #stopped = new Map<string, () => void>();

  constructor(state: ClusterState, time: Timeline) {
    this.#state = state;
    this.#time = time;
  }

  /** Starts a worker on its node; answers the UPID. */
  start(plan: TaskPlan): string {
    const at = this.#time.now();
    const bootedAt = this.#state.nodes.get(plan.node)?.bootedAt ?? at;
    const { node, type, id, user } = plan;
    const named = upidOf(plan, at, WORKERS_FROM + this.#state.tasks.length, bootedAt);
    const task: TaskState = { ...named, node, type, id, user, startedAt: at, endedAt: undefined, exit: '', log: [] };
    this.#state.tasks.push(task);
    const lines = plan.log ?? [];
    for (const [index, line] of lines.entries())
      this.#time.after((plan.tookMs * index) / lines.length, () => {
        if (task.endedAt === undefined) task.log.push(line);
      });
    this.#time.after(plan.tookMs, () => {
      if (task.endedAt === undefined) this.#end(task, plan);
    });
    this.#stopped.set(task.upid, () => {
      plan.release?.();
      plan.undo?.();
    });
    return task.upid;
  }

  /** A person stops it, or its node dies under it. */
  stop(task: TaskState, exit: string): void {
    if (task.endedAt !== undefined) return;
    this.#stopped.get(task.upid)?.();
    this.#close(task, exit, exit === '' ? [] : [`TASK ERROR: ${exit}`]);
  }

  #end(task: TaskState, plan: TaskPlan): void {
    const fault = this.#faultOf(task);
    task.log.push(...(fault?.log ?? []));
    plan.release?.();
    try {
      // A fault that is a warning is no failure: the work is done all the same.
      if (fault && !isSuccess(fault.exit)) throw new Error(fault.exit);
      const done = exitOf(task, plan.finish() ?? []);
      const exit = fault?.exit ?? done;
      this.#close(task, exit, [`TASK ${exit}`]);
    } catch (error) {
      plan.undo?.();
      this.#fail(task, error);
    }
  }

  #fail(task: TaskState, error: unknown): void {
    if (error instanceof WorkFault) task.log.push(...error.lines);
    const exit = messageOf(error);
    this.#close(task, exit, [`TASK ERROR: ${exit}`]);
  }

  #faultOf(task: TaskState): TaskFaultState | undefined {
    return this.#state.taskFaults.find(({ type, id }) => type === task.type && (id === undefined || id === task.id));
  }

  #close(task: TaskState, exit: string, lines: readonly string[]): void {
    this.#stopped.delete(task.upid);
    task.log.push(...lines);
    task.exit = exit;
    task.endedAt = this.#time.now();
  }
}
