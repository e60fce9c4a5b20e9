import type { KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import { isStewardError } from '../../../core/errors.ts';
import type { Case, LastWords } from './case.ts';
import { lastTerminations, podState } from './pod-state.ts';

const LINES = 8;

/** What the failing container logged before it ended. A log that is gone or may not be read is no reason to stop. */
export async function readLastWords(
  kubernetes: KubernetesReader,
  { workload }: Case,
  signal: AbortSignal,
): Promise<LastWords | undefined> {
  const failed = workload.pods
    .filter((pod) => !podState(pod).healthy)
    .flatMap((pod) => lastTerminations(pod).map((end) => ({ pod, container: end.container, exitCode: end.exitCode })))
    .find(({ exitCode }) => exitCode !== 0);
  if (failed === undefined) return undefined;
  const { pod, container } = failed;
  const previous = podState(pod).restarts > 0;
  const options = { container, previous, tailLines: LINES, limitBytes: 100_000 };
  try {
    const text = await kubernetes.logs(workload.namespace, pod.metadata.name, options, signal);
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.length === 0 ? undefined : { pod: pod.metadata.name, container, lines };
  } catch (error) {
    if (isStewardError(error) && error.kind !== 'cancelled') return undefined;
    throw error;
  }
}
