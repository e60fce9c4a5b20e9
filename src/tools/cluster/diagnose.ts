import * as z from 'zod';
import type { FoundLesson, Lessons } from '../../core/consult.ts';
import type { Section } from '../../core/output.ts';
import { defineTool } from '../define.ts';
import { age } from './support/age.ts';
import { type Case, openCase } from './support/case.ts';
import type { Cause } from './support/cause.ts';
import { causesOf } from './support/causes.ts';
import { EVENT_CHARS, EVENT_COLUMNS, eventRow } from './support/events.ts';
import { Name, Namespace } from './support/inputs.ts';
import { readLastWords } from './support/last-words.ts';
import { lastTerminations, podState } from './support/pod-state.ts';

const MAX_PODS = 10;

interface Found {
  readonly seen: Case;
  readonly causes: readonly Cause[];
  readonly lessons: readonly FoundLesson[];
  readonly now: Date;
}

export default defineTool({
  name: 'cluster_diagnose',
  title: 'Diagnose an app',
  description:
    'Why is this app unhealthy: its pods, last ends and last log lines, events, volumes, nodes, Services, findings of the audit and lessons, and the probable causes ranked with their evidence.',
  effect: 'read',
  needs: ['kubernetes', 'world', 'audit', 'lessons'],
  taints: ['event', 'log'],
  input: z.strictObject({
    namespace: Namespace,
    name: Name.describe('Workload, pod or Service'),
    kind: z.string().max(60).optional().describe('Only when several share the name'),
  }),
  async run(query, ctx): Promise<Found> {
    const {
      clients: { kubernetes, world, audit, lessons },
      now,
      signal,
    } = ctx;
    ctx.progress(`looking at ${query.namespace}/${query.name}`);
    // The audit shares the look that has just been taken.
    const picture = await world.world({ maxAgeMs: 0, signal });
    const results = await audit.run({ signal });
    const found = openCase(picture, results, query);
    const lastWords = await readLastWords(kubernetes, found, signal);
    const seen = lastWords === undefined ? found : { ...found, lastWords };
    const causes = causesOf(seen);
    return { seen, causes, lessons: await lessonsFor(lessons, seen, causes), now };
  },
  render: (found) => ({
    summary: summaryOf(found),
    sections: [...causeSections(found.causes), ...lessonSections(found.lessons), ...factSections(found)],
    next:
      found.causes.length === 0
        ? 'If it still misbehaves: cluster_logs, then its Services and Ingress.'
        : 'plan_change works out the remedy and says what it would break.',
  }),
});

/** Lessons that a finding names, then those about the likeliest cause. */
async function lessonsFor(
  lessons: Lessons,
  { findings, workload }: Case,
  causes: readonly Cause[],
): Promise<readonly FoundLesson[]> {
  const named = await Promise.all(
    [...new Set(findings.flatMap((finding) => finding.lessons))].slice(0, 3).map((id) => lessons.get(id)),
  );
  const [first] = causes;
  const found =
    first === undefined
      ? []
      : await lessons.search({ text: first.words.slice(0, 500), kind: workload.kind, status: 'confirmed', limit: 3 });
  const all = [...named.filter((one) => one?.lesson.status === 'confirmed'), ...found].filter(
    (one) => one !== undefined,
  );
  return [...new Map(all.map((one) => [one.lesson.id, one])).values()].slice(0, 3);
}

function summaryOf({ seen: { workload, gaps }, causes }: Found): string {
  const ready = workload.pods.filter((pod) => podState(pod).healthy).length;
  // Jobs end: what counts is whether the pods they have ended well.
  const wanted = workload.kind === 'Job' || workload.kind === 'CronJob' ? workload.pods.length : workload.desired;
  const isWell = ready >= wanted && workload.pods.length === ready;
  const [first] = causes;
  const cause =
    first === undefined
      ? isWell
        ? ' Nothing wrong found.'
        : ' No rule explains it: read its logs.'
      : ` ${isWell ? 'Worth a look' : 'Most likely'}: ${first.title}.`;
  const blind = gaps.length === 0 ? '' : ` Could not look at: ${gaps.map((gap) => gap.split(':')[0]).join(', ')}.`;
  return `${workload.key} is ${isWell ? 'running' : 'NOT healthy'}: ${ready} of ${wanted} pods healthy.${cause}${blind}`;
}

const causeSections = (causes: readonly Cause[]): readonly Section[] =>
  causes.length === 0
    ? []
    : [
        {
          kind: 'text',
          title: 'Probable causes, likeliest first',
          maxChars: 320,
          text: causes
            .map(({ title, evidence, remedy }, index) =>
              [`${index + 1}. ${title}`, ...evidence.slice(0, 6).map((fact) => `   ${fact}`), `   do: ${remedy}`].join(
                '\n',
              ),
            )
            .join('\n'),
        },
      ];

const lessonSections = (lessons: readonly FoundLesson[]): readonly Section[] =>
  lessons.length === 0
    ? []
    : [
        {
          kind: 'text',
          title: 'Learned before',
          ours: true,
          text: lessons
            .map(({ lesson: { id, title, fix, wrong_fix } }) =>
              [
                `- ${id}: ${title}`,
                `    do: ${fix}`,
                ...(wrong_fix === undefined ? [] : [`    do NOT: ${wrong_fix}`]),
              ].join('\n'),
            )
            .join('\n'),
        },
      ];

function factSections({ seen, now }: Found): readonly Section[] {
  const { workload, services, claims, events } = seen;
  const pods = workload.pods.toSorted((a, b) => Number(podState(a).healthy) - Number(podState(b).healthy));
  const dependsOn = [
    `images: ${workload.spec.containers.map(({ image }) => image).join(', ')}`,
    ...services.map(
      ({ id, endpoints, workloads }) =>
        `Service ${id}: ${endpoints === undefined ? 'endpoints unknown' : `${endpoints.ready} of ${endpoints.all} endpoints ready`}; sends to ${workloads.map(({ key }) => key).join(', ')}`,
    ),
    ...claims.map(({ id, claim }) => `PersistentVolumeClaim ${id}: ${claim?.status.phase ?? 'does not exist'}`),
  ];
  return [
    {
      kind: 'table',
      title: pods.length > MAX_PODS ? `Pods (${MAX_PODS} of ${pods.length})` : 'Pods',
      columns: ['name', 'ready', 'status', 'restarts', 'age', 'node', 'last end'],
      rows: pods.slice(0, MAX_PODS).map((pod) => {
        const { ready, status, restarts, node } = podState(pod);
        const [last] = lastTerminations(pod);
        return [
          pod.metadata.name,
          ready,
          status,
          String(restarts),
          age(pod.metadata.creationTimestamp, now),
          node,
          last === undefined ? '-' : `${last.reason}, exit ${last.exitCode}, ${age(last.finishedAt, now)} ago`,
        ];
      }),
    },
    { kind: 'text', title: 'Depends on', text: dependsOn.join('\n') },
    {
      kind: 'table',
      title: 'Events',
      maxChars: EVENT_CHARS,
      columns: EVENT_COLUMNS,
      rows: events.slice(0, 8).map((event) => eventRow(event, now)),
    },
  ];
}
