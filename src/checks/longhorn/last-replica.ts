import * as z from 'zod';
import { holdsData, replicasByVolume } from '../../world/longhorn/relations.ts';
import type { LonghornReplica, LonghornVolume } from '../../world/longhorn/schema.ts';
import { before } from '../before-change.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, enumerate } from '../facts.ts';
import { needsNoBackup, volumeLabel } from './facts.ts';
import { NEEDS, type Taken, takenNodes, WANTS } from './taken-nodes.ts';

export default defineCheck({
  id: 'S04',
  title: 'No change takes away the only complete replica of a Longhorn volume',
  severity: 'critical',
  why: 'A drain moves pods and not replicas. Without its last complete replica a volume stops, and where the disk goes with the machine its data is gone.',
  needs: NEEDS,
  wants: WANTS,
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate(world) {
    const taken = takenNodes(world);
    if (taken.size === 0) return [];
    const replicas = replicasByVolume({ longhornReplicas: before('longhornReplicas', world.longhornReplicas, world) });
    const isUp = (node: string): boolean =>
      before('nodes', world.nodes, world)
        .get(node)
        ?.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
    return [...before('longhornVolumes', world.longhornVolumes, world)].flatMap(([id, volume]) => {
      // A replica on a node that is away already is no help now, and the only one all the same when its disk is to go.
      const complete = (replicas.get(id) ?? []).filter(holdsData);
      const usable = complete.filter(({ spec }) => isUp(spec.nodeID) || taken.has(spec.nodeID));
      if (usable.length === 0 || !usable.every(({ spec }) => taken.has(spec.nodeID))) return [];
      const hits = usable.flatMap(({ spec }) => taken.get(spec.nodeID) ?? []);
      const isLost = hits.some(({ isGone }) => isGone);
      // At rest nothing is written, and the data is back with the node.
      if (!isLost && volume.status.state === 'detached') return [];
      if (isThrowAway(volume)) return [];
      return [faultOf(id, volume, usable, hits, isLost)];
    });
  },
});

/** Detached, and said to be worth nothing. */
const isThrowAway = ({ metadata, status }: LonghornVolume): boolean =>
  status.state === 'detached' && (needsNoBackup(metadata) || status.kubernetesStatus.pvName === '');

function faultOf(
  id: string,
  volume: LonghornVolume,
  usable: readonly LonghornReplica[],
  hits: readonly Taken[],
  isLost: boolean,
): FoundFault {
  const nodes = [...new Set(usable.map(({ spec }) => spec.nodeID))];
  // One copy by choice is a matter for a person; one copy left of several is to be mended first.
  const isSingle = volume.spec.numberOfReplicas <= 1;
  return {
    target: volumeLabel(volume),
    message: `${volumeLabel(volume)} has its only complete replica${usable.length > 1 ? 's' : ''} on ${enumerate(nodes)}: ${isLost ? 'its data would be gone' : 'it would stop'}.`,
    evidence: [
      ...new Set(hits.map(({ why }) => why)),
      ...usable.map(
        ({ metadata, spec }) => `${metadata.name} on ${spec.nodeID}, complete since ${spec.healthyAt ?? ''}`,
      ),
      `${volume.metadata.name} wants ${count(volume.spec.numberOfReplicas, 'replica')}, robustness ${volume.status.robustness || 'unknown'}`,
    ],
    remedy: isSingle
      ? 'Give it a second replica, or request eviction of the replicas on that Longhorn node, and wait until it is healthy.'
      : 'Wait until Longhorn has rebuilt it elsewhere (robustness healthy), then plan again. Never go past its PodDisruptionBudget.',
    fingerprint: `S04:${isLost ? 'lost' : 'stopped'}:${id}:${nodes.toSorted().join(',')}`,
    lessons: isLost
      ? ['longhorn-volume-owner-before-vm-replace', 'longhorn-pdb-blocks-drain']
      : ['longhorn-pdb-blocks-drain', 'longhorn-volume-owner-before-vm-replace'],
    ...(isSingle && !isLost && { introduced: 'ask' as const }),
  };
}
