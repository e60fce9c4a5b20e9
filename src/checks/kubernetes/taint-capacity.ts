import * as z from 'zod';
import type { Node, Taint } from '../../world/kubernetes/cluster.ts';
import type { Pod } from '../../world/kubernetes/pod.ts';
import { replacedKey } from '../../world/parts.ts';
import { controllerOf, idOf, isTerminal } from '../../world/relations.ts';
import {
  admits,
  freeOn,
  hasRoom,
  isHard,
  isReady,
  matchesNode,
  requestsOf,
  taintText,
  take,
  tolerates,
} from '../../world/scheduling.ts';
import { boundVolumes, type StorageParts } from '../../world/storage.ts';
import { defineCheck, type FoundFault, type Seen } from '../define.ts';
import { count, enumerate } from '../facts.ts';

const NEEDS = ['change', 'replaced', 'nodes', 'pods', 'persistentVolumeClaims', 'persistentVolumes'] as const;
type TaintWorld = Seen<(typeof NEEDS)[number]>;

export default defineCheck({
  id: 'K25',
  title: 'Pods of a tainted node find a place elsewhere',
  severity: 'high',
  why: 'A NoSchedule taint on the big nodes leaves their pods nowhere to go at the next restart. A change that does so is denied.',
  needs: NEEDS,
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate(world) {
    const tainted = taintedNodes(world);
    if (tainted.length === 0) return [];
    const homeless = placeElsewhere(world, tainted);
    return tainted.flatMap(({ node, added }) => {
      const pods = homeless.filter(({ pod }) => pod.spec.nodeName === node.metadata.name);
      return pods.length === 0 ? [] : [faultOf(node, added, pods)];
    });
  },
});

interface Tainted {
  readonly node: Node;
  readonly added: readonly Taint[];
}

/** Nodes that get a hard taint by this change; PreferNoSchedule keeps nobody away, and a cordon is another question. */
const taintedNodes = ({ change, replaced, nodes }: TaintWorld): readonly Tainted[] =>
  change.effects.flatMap(({ op, part, id }) => {
    const node = op === 'put' && part === 'nodes' ? nodes.get(id) : undefined;
    if (node === undefined) return [];
    // `replaced` holds under the name of a part what that part held, parsed by its schema
    const before = replaced.get(replacedKey('nodes', id)) as Node | undefined;
    const old = new Set(before?.spec.taints.map(taintText));
    const added = node.spec.taints.filter(
      (taint) => isHard(taint) && !old.has(taintText(taint)) && !taint.key.startsWith('node.kubernetes.io/'),
    );
    return added.length === 0 ? [] : [{ node, added }];
  });

interface Homeless {
  readonly pod: Pod;
  readonly reason: string;
}

/** Puts every pod that may not stay onto the first ready node with room, the largest first, and returns who is left. */
function placeElsewhere(world: TaintWorld, tainted: readonly Tainted[]): readonly Homeless[] {
  const byNode = Map.groupBy(
    [...world.pods.values()].filter((pod) => !isTerminal(pod)),
    ({ spec }) => spec.nodeName,
  );
  const leaving = tainted.flatMap(({ node, added }) =>
    (byNode.get(node.metadata.name) ?? []).filter((pod) => mustMove(pod, added)),
  );
  const stays = new Set(leaving);
  const places = [...world.nodes.values()].filter(isReady).map((node) => ({
    node,
    free: freeOn(
      node,
      (byNode.get(node.metadata.name) ?? []).filter((pod) => !stays.has(pod)),
    ),
  }));
  const bySize = [...leaving].sort((a, b) => (requestsOf(b.spec)['memory'] ?? 0) - (requestsOf(a.spec)['memory'] ?? 0));
  return bySize.flatMap((pod) => {
    const wanted = requestsOf(pod.spec);
    const open = places.filter(({ node }) => isOpenTo(pod, node, world));
    const place = open.find(({ free }) => hasRoom(wanted, free).fits);
    if (place !== undefined) take(place.free, wanted);
    if (place !== undefined) return [];
    return [
      {
        pod,
        reason: open.length === 0 ? 'no other node lets it in' : `none of ${count(open.length, 'node')} has room`,
      },
    ];
  });
}

/** DaemonSet pods belong to their node. */
const mustMove = ({ metadata, spec }: Pod, added: readonly Taint[]): boolean =>
  !['DaemonSet', 'Node'].includes(controllerOf(metadata)?.kind ?? '') &&
  added.some((taint) => !tolerates(spec.tolerations, taint));

function isOpenTo({ metadata, spec }: Pod, node: Node, storage: StorageParts): boolean {
  const { nodeName: _, ...free } = spec;
  const volumes = boundVolumes({ namespace: metadata.namespace ?? '', spec }, storage);
  const needed = volumes.flatMap((volume) => volume.spec.nodeAffinity?.required ?? []);
  return admits(free, node).fits && needed.every((each) => matchesNode(each, node.metadata.labels, node.metadata.name));
}

const faultOf = ({ metadata: { name } }: Node, added: readonly Taint[], homeless: readonly Homeless[]): FoundFault => ({
  target: `Node ${name}`,
  message: `With the taint ${enumerate(added.map(taintText))} on Node ${name}, ${count(homeless.length, 'pod')} of it would find no place: ${enumerate(homeless.map(({ pod }) => idOf(pod.metadata)))}.`,
  evidence: homeless.slice(0, 10).map(({ pod, reason }) => `${idOf(pod.metadata)}: ${reason}`),
  remedy:
    'Leave the taint out and let the special workloads select this node by label; or give these pods a toleration first.',
  fingerprint: `K25:${name}:${added.map(taintText).sort().join('+')}`,
  lessons: ['k8s-gpu-taint-overconstrains'],
});
