import * as z from 'zod';
import { isRebuilding, replicasByVolume } from '../../world/longhorn/relations.ts';
import type { LonghornReplica, LonghornVolume } from '../../world/longhorn/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, durationText, minutesSince } from '../facts.ts';
import { volumeLabel } from './facts.ts';

export default defineCheck({
  id: 'S01',
  title: 'Every Longhorn volume has all of its replicas',
  severity: 'critical',
  why: 'A degraded volume is one lost disk or node away from lost data, and a faulted one has no replica left to run on. The state of the objects is judged: the metric longhorn_volume_robustness reads differently from version to version.',
  needs: ['longhornVolumes', 'longhornReplicas'],
  params: z.strictObject({
    /** How long a volume may be degraded without being repaired. */
    degradedMinutes: z.int().positive().default(30),
    /** How long a rebuild may take: after a planned reboot each volume of the node is rebuilt. */
    rebuildMinutes: z.int().positive().default(360),
  }),
  introduced: 'note',
  evaluate(world, { params, now }) {
    const replicas = replicasByVolume(world);
    return [...world.longhornVolumes].flatMap(([id, volume]): readonly FoundFault[] => {
      const own = replicas.get(id) ?? [];
      if (volume.status.robustness === 'faulted') return [faulted(id, volume, own)];
      if (volume.status.robustness !== 'degraded') return [];
      const since = minutesSince(volume.status.lastDegradedAt, now);
      const limit = own.some(isRebuilding) ? params.rebuildMinutes : params.degradedMinutes;
      return since !== undefined && since <= limit ? [] : [degraded(id, volume, own, since)];
    });
  },
});

const commonOf = (id: string, volume: LonghornVolume, replicas: readonly LonghornReplica[]) => ({
  target: volumeLabel(volume),
  evidence: [
    `${volume.metadata.name} wants ${count(volume.spec.numberOfReplicas, 'replica')}`,
    ...replicas.slice(0, 6).map(lineOf),
  ],
  lessons: ['alert-longhorn-robustness-semantics'],
  subject: { part: 'longhornVolumes', id } as const,
});

const faulted = (id: string, volume: LonghornVolume, replicas: readonly LonghornReplica[]): FoundFault => ({
  ...commonOf(id, volume, replicas),
  message: `${volumeLabel(volume)} is faulted: no replica of it can be used.`,
  remedy:
    'Touch none of its replicas. Bring back the node or disk of the newest one and let Longhorn salvage it; else restore the newest backup.',
  fingerprint: `S01:faulted:${id}`,
});

const degraded = (
  id: string,
  volume: LonghornVolume,
  replicas: readonly LonghornReplica[],
  since: number | undefined,
): FoundFault => ({
  ...commonOf(id, volume, replicas),
  severity: 'high',
  message: `${volumeLabel(volume)} ${since === undefined ? 'is degraded' : `has been degraded for ${durationText(since)}`}${replicas.some(isRebuilding) ? ', and its rebuild does not come to an end' : ', and nothing rebuilds it'}.`,
  remedy: 'See why no replica can be placed: nodes and disks that are full, cordoned, or closed for scheduling.',
  fingerprint: `S01:degraded:${id}`,
});

function lineOf(replica: LonghornReplica): string {
  const { spec, status, metadata } = replica;
  const state =
    spec.failedAt !== undefined
      ? `failed at ${spec.failedAt}`
      : isRebuilding(replica)
        ? 'rebuilding'
        : spec.healthyAt === undefined
          ? 'never complete'
          : `complete, ${status.currentState || 'no state'}`;
  return `${metadata.name} on ${spec.nodeID || 'no node'}: ${state}`;
}
