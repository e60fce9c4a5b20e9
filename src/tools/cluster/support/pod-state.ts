import { type Json, listAt, numberAt, textAt } from './json.ts';

export interface PodState {
  /** `1/2` */
  readonly ready: string;
  /** As kubectl prints it: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating` ... */
  readonly status: string;
  readonly restarts: number;
  readonly node: string;
  /** Running and ready, or finished well. */
  readonly healthy: boolean;
}

/** The state of a pod in kubectl's words (printPod of kubernetes/pkg/printers). */
export function podState(pod: unknown): PodState {
  const containers = listAt(pod, 'status', 'containerStatuses');
  const total = listAt(pod, 'spec', 'containers').length;
  const readyCount = containers.filter((status) => status['ready'] === true).length;
  const status = statusOf(pod, containers);
  return {
    ready: `${readyCount}/${total}`,
    status,
    restarts: containers.reduce((sum, one) => sum + (numberAt(one, 'restartCount') ?? 0), 0),
    node: textAt(pod, 'spec', 'nodeName') ?? '-',
    healthy: status === 'Completed' || status === 'Succeeded' || (status === 'Running' && readyCount === total),
  };
}

function statusOf(pod: unknown, containers: readonly Json[]): string {
  const base = textAt(pod, 'status', 'reason') ?? textAt(pod, 'status', 'phase') ?? 'Unknown';
  const status = initStatus(pod) ?? containerStatus(containers, base);
  if (textAt(pod, 'metadata', 'deletionTimestamp') === undefined) return status;
  return textAt(pod, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
}

function initStatus(pod: unknown): string | undefined {
  const inits = listAt(pod, 'status', 'initContainerStatuses');
  const sidecars = new Set(
    listAt(pod, 'spec', 'initContainers')
      .filter((one) => textAt(one, 'restartPolicy') === 'Always')
      .map((one) => textAt(one, 'name')),
  );
  for (const [index, init] of inits.entries()) {
    if (numberAt(init, 'state', 'terminated', 'exitCode') === 0) continue;
    if (sidecars.has(textAt(init, 'name')) && init['started'] === true) continue;
    const stopped = terminatedReason(init);
    if (stopped !== undefined) return `Init:${stopped}`;
    const waiting = textAt(init, 'state', 'waiting', 'reason');
    if (waiting !== undefined && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${inits.length}`;
  }
  return undefined;
}

function containerStatus(containers: readonly Json[], base: string): string {
  let status = base;
  let running = false;
  for (const container of containers.toReversed()) {
    const reason = textAt(container, 'state', 'waiting', 'reason') ?? terminatedReason(container);
    if (reason !== undefined) status = reason;
    else if (container['ready'] === true) running = true;
  }
  return status === 'Completed' && running ? 'Running' : status;
}

function terminatedReason(container: Json): string | undefined {
  const code = numberAt(container, 'state', 'terminated', 'exitCode');
  if (code === undefined) return undefined;
  return textAt(container, 'state', 'terminated', 'reason') ?? (code === 0 ? 'Completed' : `ExitCode:${code}`);
}

/** `app: OOMKilled, exit 137, 3m ago` for each container that ended before. */
export function lastTerminations(
  pod: unknown,
): readonly { container: string; reason: string; exitCode: number; finishedAt: string | undefined }[] {
  return [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')].flatMap(
    (status) => {
      const now = numberAt(status, 'state', 'terminated', 'exitCode');
      const place = now === undefined ? 'lastState' : 'state';
      const exitCode = numberAt(status, place, 'terminated', 'exitCode');
      if (exitCode === undefined || (place === 'state' && exitCode === 0)) return [];
      return [
        {
          container: textAt(status, 'name') ?? '?',
          reason: textAt(status, place, 'terminated', 'reason') ?? (exitCode === 0 ? 'Completed' : 'Error'),
          exitCode,
          finishedAt: textAt(status, place, 'terminated', 'finishedAt'),
        },
      ];
    },
  );
}
