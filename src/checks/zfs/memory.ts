import * as z from 'zod';
import type { Pod } from '../../world/kubernetes/pod.ts';
import { parseQuantity } from '../../world/quantity.ts';
import { type Readings, readingKey } from '../../world/readings/contract.ts';
import { arcReading } from '../../world/readings/observe.ts';
import { isTerminal } from '../../world/relations.ts';
import type { ZfsHost } from '../../world/zfs/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, enumerate } from '../facts.ts';
import { unreadHosts } from './facts.ts';

const GIB = 1024 ** 3;

export default defineCheck({
  id: 'Z05',
  title: 'The ARC and the big pods of a host fit into its memory together',
  severity: 'medium',
  why: 'The ARC gives memory back too slowly for a pod that takes it at once: the kernel kills something. Limits of pods that run on the ZFS host itself are counted.',
  needs: ['zfsHosts', 'nodes', 'pods'],
  wants: ['readings'],
  params: z.strictObject({
    /** Pods with a lower limit are not counted: many small limits are never reached at once. */
    bigGiB: z.number().positive().default(32),
    reserveGiB: z.number().min(0).default(8),
    /** Points by which the hit ratio may fall behind that of the week. */
    hitPoints: z.number().positive().default(20),
  }),
  introduced: 'ask',
  evaluate: ({ zfsHosts, nodes, pods, readings }, { params, now }) => [
    ...[...zfsHosts.values()].flatMap((host) => colder(host, readings, params.hitPoints, now)),
    ...[...zfsHosts.values()].flatMap(({ metadata: { name }, arc, memoryBytes }): readonly FoundFault[] => {
      if (!nodes.has(name) || arc === undefined || memoryBytes === undefined) return [];
      const big = [...pods.values()]
        .filter((pod) => pod.spec.nodeName === name && !isTerminal(pod))
        .map((pod) => ({ id: `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`, bytes: limitOf(pod) }))
        .filter(({ bytes }) => bytes >= params.bigGiB * GIB)
        .toSorted((a, b) => b.bytes - a.bytes);
      const wanted = arc.maxBytes + params.reserveGiB * GIB + big.reduce((sum, { bytes }) => sum + bytes, 0);
      if (wanted <= memoryBytes) return [];
      return [
        {
          target: `Host ${name}`,
          subject: { part: 'nodes', id: name },
          message: `On ${name} the ARC may take ${gib(arc.maxBytes)} and ${count(big.length, 'big pod')} with it more than the ${gib(memoryBytes)} there are.`,
          evidence: [
            `ARC limit ${gib(arc.maxBytes)} (now ${gib(arc.sizeBytes)}), reserve ${params.reserveGiB} GiB`,
            ...(big.length === 0 ? [] : [`limits: ${enumerate(big.map(({ id, bytes }) => `${id} ${gib(bytes)}`))}`]),
          ],
          remedy: `Lower zfs_arc_max on the host, or the limit of the largest pod.`,
          fingerprint: `Z05:memory:${name}`,
          lessons: ['arc-zfs-vs-kubelet'],
        },
      ];
    }),
    ...unreadHosts('Z05', zfsHosts, 'arc'),
  ],
});

const limitOf = ({ spec }: Pod): number =>
  spec.containers.reduce((sum, { resources }) => sum + (parseQuantity(resources?.limits['memory'] ?? 0) ?? 0), 0);

const gib = (bytes: number): string => `${Math.round(bytes / GIB)} GiB`;

const DAY_MS = 86_400_000;
/** Fewer lookups than this say nothing. */
const ENOUGH = 100_000;

interface Counted {
  readonly at: number;
  readonly hits: number;
  readonly misses: number;
}

/** The hit ratio since the last reading, compared with that of the week before it. The counters start anew with the host. */
function colder(host: ZfsHost, readings: Readings | undefined, points: number, now: Date): readonly FoundFault[] {
  const all = [...countedBefore(host, readings), ...countedNow(host, now)].filter(({ at }) => +now - at <= 8 * DAY_MS);
  const [first, last, current] = [all[0], all.at(-2), all.at(-1)];
  if (first === undefined || last === undefined || current === undefined || last.at - first.at < DAY_MS) return [];
  const [before, lately] = [ratioOf(first, last), ratioOf(last, current)];
  if (before === undefined || lately === undefined || before - lately < points) return [];
  const name = host.metadata.name;
  return [
    {
      target: `Host ${name}`,
      severity: 'low',
      subject: { part: 'zfsHosts', id: name },
      message: `The ARC of ${name} hits ${Math.round(lately)} % of what is read, where it was ${Math.round(before)} % in the week before.`,
      evidence: [
        `since ${new Date(last.at).toISOString()}, compared with the time from ${new Date(first.at).toISOString()}`,
      ],
      remedy: 'See what reads so much (a scan, a backup, a new app), or what took the memory of the ARC.',
      fingerprint: `Z05:hits:${name}`,
      lessons: ['arc-zfs-vs-kubelet'],
    },
  ];
}

function countedNow(host: ZfsHost, now: Date): readonly Counted[] {
  return host.arc === undefined ? [] : [{ at: +now, hits: host.arc.hits, misses: host.arc.misses }];
}

function countedBefore(host: ZfsHost, readings: Readings | undefined): readonly Counted[] {
  const runs = (metric: 'hits' | 'misses') => {
    const reading = arcReading(host, metric);
    return reading === undefined ? [] : (readings?.get(readingKey(reading)) ?? []);
  };
  const misses = new Map(runs('misses').map(({ from, value }) => [from, value]));
  return runs('hits').flatMap(({ from, value }) => {
    const missed = misses.get(from);
    return missed === undefined ? [] : [{ at: Date.parse(from), hits: value, misses: missed }];
  });
}

/** Per cent of the lookups between two times; undefined over a restart, and when there were too few. */
function ratioOf(from: Counted, to: Counted): number | undefined {
  const [hits, misses] = [to.hits - from.hits, to.misses - from.misses];
  return hits < 0 || misses < 0 || hits + misses < ENOUGH ? undefined : (hits / (hits + misses)) * 100;
}
