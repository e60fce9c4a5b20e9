import * as z from 'zod';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, isOlderThan, minutesSince } from '../facts.ts';

export default defineCheck({
  id: 'S05',
  title: 'Longhorn puts no replicas on a node that has not proven itself',
  severity: 'medium',
  why: 'A new node that restarts, or whose disk or network is not what it seems, takes the data that was moved to it along. A day or two with scheduling off shows what it is.',
  needs: ['longhornNodes', 'nodes'],
  params: z.strictObject({ minHours: z.int().positive().default(48) }),
  introduced: 'ask',
  evaluate({ longhornNodes, nodes }, { params, now }) {
    const isYoung = (born: string | undefined): boolean => !isOlderThan(born, params.minHours * 60, now);
    // In a cluster that is as young as its nodes there is no proven node to prefer.
    if ([...nodes.values()].every(({ metadata }) => isYoung(metadata.creationTimestamp))) return [];
    return [...longhornNodes].flatMap(([id, { metadata, spec }]): readonly FoundFault[] => {
      const born = nodes.get(metadata.name)?.metadata.creationTimestamp;
      const age = minutesSince(born, now);
      if (!spec.allowScheduling || age === undefined || !isYoung(born)) return [];
      // Longhorn knew a node of that name before: it is the same host, built anew.
      if (metadata.creationTimestamp !== undefined && metadata.creationTimestamp < (born ?? '')) return [];
      if (!Object.values(spec.disks).some(({ allowScheduling }) => allowScheduling)) return [];
      return [
        {
          target: `Longhorn node ${metadata.name}`,
          message: `Node ${metadata.name} is ${durationText(age)} old, and Longhorn may put replicas on it.`,
          evidence: [
            `created at ${born ?? ''}`,
            `disks: ${Object.values(spec.disks)
              .map(({ path }) => path)
              .join(', ')}`,
          ],
          remedy: `Set spec.allowScheduling of nodes.longhorn.io ${metadata.name} to false until it is ${params.minHours} hours old and has been looked at.`,
          fingerprint: `S05:${id}`,
          lessons: ['longhorn-new-node-rebalance'],
          subject: { part: 'longhornNodes', id },
        },
      ];
    });
  },
});
