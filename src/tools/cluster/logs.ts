import * as z from 'zod';
import { defineTool } from '../define.ts';
import { chooseContainer, findPods } from './support/find-pods.ts';
import { foldLog, LOG_CHARS } from './support/fold-log.ts';
import { Name, Namespace } from './support/inputs.ts';
import { podState } from './support/pod-state.ts';

/** About 5,000 tokens whatever the log is. */
const MAX_BYTES = 13_000;
const MAX_READ_BYTES = 8_000_000;

export default defineTool({
  name: 'cluster_logs',
  title: 'Read logs',
  description:
    'Logs of a pod, or of the sickest pod of a workload. Repeats are folded with counts; a long log is shown as start, distinct errors with counts, and end.',
  effect: 'read',
  needs: ['kubernetes'],
  taints: ['log'],
  input: z.strictObject({
    namespace: Namespace,
    name: Name.describe('Pod, workload, or kind/name'),
    container: z.string().max(63).optional(),
    previous: z.boolean().default(false).describe('Of the container before its last restart'),
    tail: z.int().min(1).max(20_000).default(100),
    since_seconds: z.int().min(1).max(2_592_000).optional(),
    grep: z.string().min(1).max(200).optional().describe('Plain text that a line must contain, any case'),
  }),
  async run({ namespace, name, container, previous, tail, since_seconds, grep }, { clients: { kubernetes }, signal }) {
    const pods = await findPods(kubernetes, namespace, name, signal);
    const [pod] = pods;
    if (pod === undefined) throw new Error('findPods found nothing and did not say so');
    const chosen = chooseContainer(pod, container);
    const options = {
      previous,
      limitBytes: MAX_READ_BYTES,
      // What is searched for may stand further up than the lines that are wanted.
      tailLines: grep === undefined ? tail : 20_000,
      ...(chosen !== undefined && { container: chosen }),
      ...(since_seconds !== undefined && { sinceSeconds: since_seconds }),
    };
    const text = await kubernetes.logs(namespace, pod.metadata.name, options, signal);
    return { pod, others: pods.length - 1, container: chosen, text };
  },
  render({ pod, others, container, text }, { namespace, previous, tail, grep }) {
    const log = foldLog(grep === undefined ? text : grepLines(text, grep, tail), {
      maxLines: 400,
      maxBytes: MAX_BYTES,
    });
    const { status, restarts } = podState(pod);
    const of = `Pod ${namespace}/${pod.metadata.name}${container === undefined ? '' : `, container ${container}`}${previous ? ', before its last restart' : ''}`;
    const what =
      log.total === 0
        ? 'no lines'
        : `${log.total} lines, ${log.errors} look like errors${log.folded ? ', folded' : ''}`;
    return {
      summary: `${of} (${status}, ${restarts} restarts${others > 0 ? `; ${others} other pods of it` : ''}): ${what}.`,
      sections: [{ kind: 'text', maxChars: LOG_CHARS, text: log.lines.join('\n') }],
      ...(log.total === 0 && {
        next: previous
          ? 'No earlier container kept a log.'
          : restarts > 0
            ? 'Try previous: true.'
            : 'Try without grep or since_seconds.',
      }),
    };
  },
});

function grepLines(text: string, wanted: string, tail: number): string {
  const low = wanted.toLowerCase();
  return text
    .split('\n')
    .filter((line) => line.toLowerCase().includes(low))
    .slice(-tail)
    .join('\n');
}
