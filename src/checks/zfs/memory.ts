import * as z from 'zod';
import type { Pod } from '../../world/kubernetes/pod.ts';
import { parseQuantity } from '../../world/quantity.ts';
import { isTerminal } from '../../world/relations.ts';
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
  params: z.strictObject({
    /** Pods with a lower limit are not counted: many small limits are never reached at once. */
    bigGiB: z.number().positive().default(32),
    reserveGiB: z.number().min(0).default(8),
  }),
  introduced: 'ask',
  evaluate: ({ zfsHosts, nodes, pods }, { params }) => [
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
