import * as z from 'zod';
import { LONGHORN_DRIVER } from '../../world/longhorn/relations.ts';
import type { LonghornVolume } from '../../world/longhorn/schema.ts';
import { defineCheck, type FoundFault, type Seen } from '../define.ts';
import { count, isOlderThan, minutesSince, oneLine } from '../facts.ts';
import { shortName } from './facts.ts';

const NEEDS = ['longhornVolumes', 'longhornReplicas', 'longhornNodes', 'nodes', 'pods', 'events'] as const;
const WANTS = ['longhornSettings', 'persistentVolumes', 'storageClasses'] as const;
type World = Seen<(typeof NEEDS)[number]> & Partial<Seen<(typeof WANTS)[number]>>;

export default defineCheck({
  id: 'S03',
  title: 'Longhorn rebuilds without failing, knows only nodes that exist, and keeps the replicas that are asked for',
  severity: 'high',
  why: 'A rebuild that fails leaves one copy, a node that is gone takes no replica though Longhorn counts on it, and a volume from before a change of the replica count keeps its old one.',
  needs: NEEDS,
  wants: WANTS,
  params: z.strictObject({ hours: z.int().positive().default(24) }),
  introduced: 'note',
  evaluate: (world, { params, now }) => [
    ...(isMaintained(world) ? [] : [...rebuildFaults(world, params.hours, now), ...restarts(world, params.hours, now)]),
    ...goneNodes(world),
    ...replicaCounts(world),
  ],
});

/** While a node of Longhorn is drained its replicas fail and come back: that is no fault of theirs. */
const isMaintained = ({ longhornNodes, nodes }: World): boolean =>
  [...longhornNodes.values()].some(({ metadata }) => nodes.get(metadata.name)?.spec.unschedulable === true);

/** By volume: events live for an hour or a few, the condition of a replica stays. */
function rebuildFaults({ events, longhornReplicas }: World, hours: number, now: Date): readonly FoundFault[] {
  const told = [...events.values()].flatMap(({ reason, message, involvedObject, lastTimestamp, eventTime }) =>
    reason === 'FailedRebuilding' && isWithin(lastTimestamp ?? eventTime, hours, now)
      ? [{ volume: involvedObject.name.replace(/-e-[0-9a-z]+$/, ''), line: oneLine(message) }]
      : [],
  );
  const stated = [...longhornReplicas.values()].flatMap(({ metadata, spec, status }) =>
    status.conditions
      .filter(
        ({ type, status: is, lastTransitionTime }) =>
          type === 'RebuildFailed' && is === 'True' && isWithin(lastTransitionTime, hours, now),
      )
      .map(({ message = '' }) => ({
        volume: spec.volumeName,
        line: oneLine(`${metadata.name} on ${spec.nodeID}: ${message}`),
      })),
  );
  return [...Map.groupBy([...told, ...stated], ({ volume }) => volume)].map(
    ([volume, lines]): FoundFault => ({
      target: `Longhorn volume ${volume}`,
      message: `Replicas of Longhorn volume ${volume} could not be rebuilt.`,
      evidence: [...new Set(lines.map(({ line }) => line))].slice(0, 5),
      remedy: 'See the network and the disk of the node that it is rebuilt on; take a young node out of scheduling.',
      fingerprint: `S03:rebuild:${volume}`,
      lessons: ['longhorn-new-node-rebalance'],
    }),
  );
}

const isWithin = (time: string | undefined, hours: number, now: Date): boolean =>
  (minutesSince(time, now) ?? Number.POSITIVE_INFINITY) <= hours * 60;

/**
 * An instance-manager that was started again takes the engines and replicas in it along. Longhorn makes a new pod instead
 * of restarting the old: one that is young on a node that has been up for longer. After an upgrade the managers are as young.
 */
function restarts({ pods, nodes }: World, hours: number, now: Date): readonly FoundFault[] {
  const component = (name: string) =>
    [...pods.values()].filter(({ metadata }) => metadata.labels['longhorn.io/component'] === name);
  const upgraded = new Set(
    [...pods.values()].flatMap(({ metadata, spec }) =>
      metadata.labels['app'] === 'longhorn-manager' && isWithin(metadata.creationTimestamp, hours, now)
        ? (spec.nodeName ?? [])
        : [],
    ),
  );
  const young = component('instance-manager').filter(({ metadata, spec }) => {
    const node = nodes.get(spec.nodeName ?? '');
    const ready = node?.status.conditions.find(({ type }) => type === 'Ready');
    return (
      isWithin(metadata.creationTimestamp, hours, now) &&
      !upgraded.has(spec.nodeName ?? '') &&
      isOlderThan(node?.metadata.creationTimestamp, hours * 60, now) &&
      isOlderThan(ready?.lastTransitionTime, hours * 60, now)
    );
  });
  return [...Map.groupBy(young, ({ spec }) => spec.nodeName ?? '')].map(
    ([node, own]): FoundFault => ({
      target: `Longhorn node ${node}`,
      message: `The instance-manager of Longhorn on ${node} was started anew though its node has been up all the time.`,
      evidence: own.map(({ metadata }) => `${metadata.name} since ${metadata.creationTimestamp ?? ''}`),
      remedy: 'See its last log and the memory and disk of the node: engines and replicas on it had I/O errors.',
      fingerprint: `S03:restart:${node}`,
      lessons: ['longhorn-new-node-rebalance'],
      subject: { part: 'nodes', id: node },
    }),
  );
}

const goneNodes = ({ longhornNodes, nodes }: World): readonly FoundFault[] =>
  [...longhornNodes].flatMap(([id, { metadata }]) =>
    nodes.has(metadata.name)
      ? []
      : [
          {
            target: `Longhorn node ${metadata.name}`,
            message: `Longhorn still knows the node ${metadata.name}, which is not in the cluster any more.`,
            evidence: [`nodes.longhorn.io ${id} without a Node of that name`],
            remedy:
              'See that no replica is on it, then delete the object nodes.longhorn.io (not the Node of another name).',
            fingerprint: `S03:gone:${id}`,
            lessons: ['k8s-stale-node-longhorn'],
            subject: { part: 'longhornNodes', id },
          },
        ],
  );

/** How many replicas a volume should have: by its class, else by the setting; `strict-local` has one by nature. */
function replicaCounts(world: World): readonly FoundFault[] {
  const others = [...world.longhornVolumes.values()].flatMap((volume) => {
    const policy = policyOf(volume, world);
    return policy === undefined ||
      policy.count === volume.spec.numberOfReplicas ||
      volume.spec.dataLocality === 'strict-local'
      ? []
      : [{ volume, policy }];
  });
  return [...Map.groupBy(others, ({ policy }) => `${policy.by}: ${policy.count}`)].map(
    ([policy, own]): FoundFault => ({
      target: `Longhorn volumes of ${own[0]?.policy.by ?? policy}`,
      severity: own.some(({ volume, policy: { count: wanted } }) => volume.spec.numberOfReplicas < wanted)
        ? 'high'
        : 'medium',
      message: `${count(own.length, 'volume')} ${own.length === 1 ? 'has' : 'have'} another number of replicas than ${policy}.`,
      evidence: own.slice(0, 20).map(({ volume }) => `${shortName(volume)}: ${volume.spec.numberOfReplicas}`),
      remedy:
        'A change of the class or the setting does not reach volumes that exist: set numberOfReplicas on each of them.',
      fingerprint: `S03:replicas:${own[0]?.policy.by ?? policy}`,
      lessons: ['longhorn-replica-count-existing'],
    }),
  );
}

function policyOf(volume: LonghornVolume, world: World): { readonly by: string; readonly count: number } | undefined {
  const className = world.persistentVolumes?.get(volume.status.kubernetesStatus.pvName)?.spec.storageClassName ?? '';
  const byClass = byClassNamed(className, world);
  if (byClass !== undefined) return { by: `StorageClass ${className}`, count: byClass };
  const setting = world.longhornSettings?.get(`${volume.metadata.namespace ?? ''}/default-replica-count`)?.value;
  return setting === undefined ? undefined : byDefault(setting);
}

function byClassNamed(name: string, { storageClasses }: World): number | undefined {
  const storage = storageClasses?.get(name);
  const text = storage?.provisioner === LONGHORN_DRIVER ? (storage.parameters['numberOfReplicas'] ?? '') : '';
  return text === '' ? undefined : Number(text);
}

/** `3`, or since 1.10 `{"v1":"3","v2":"3"}`. */
function byDefault(setting: string): { readonly by: string; readonly count: number } | undefined {
  const amount = Number(/^\d+$|(?<="v1"\s*:\s*"?)\d+/.exec(setting)?.[0]);
  return Number.isInteger(amount) ? { by: 'setting default-replica-count', count: amount } : undefined;
}
