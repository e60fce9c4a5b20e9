import * as z from 'zod';
import type { Event } from '../../world/kubernetes/cluster.ts';
import type { Pod } from '../../world/kubernetes/pod.ts';
import { push } from '../../world/labels.ts';
import type { Parts } from '../../world/parts.ts';
import {
  idOf,
  indexWorkloads,
  isTerminal,
  WORKLOAD_PARTS,
  type Workload,
  type Workloads,
} from '../../world/relations.ts';
import { claimsOf, classOf, volumeOf } from '../../world/storage.ts';
import { defineCheck, type FoundFault, type Seen } from '../define.ts';
import { durationText, enumerate, isOlderThan, minutesSince, oneLine } from '../facts.ts';

const NEEDS = [
  'persistentVolumeClaims',
  'persistentVolumes',
  'storageClasses',
  'volumeAttachments',
  'csiNodes',
  'events',
  'nodes',
  ...WORKLOAD_PARTS,
] as const;
type StuckWorld = Seen<(typeof NEEDS)[number]>;

export default defineCheck({
  id: 'K07',
  title: 'Every volume that is wanted is bound, attached and mounted',
  severity: 'high',
  why: 'A pod that waits for its volume has no log and no restart to alert on. What a change introduces is noted: binding takes a moment.',
  needs: NEEDS,
  params: z.strictObject({ minutes: z.int().positive().default(10) }),
  introduced: 'note',
  evaluate(world, { params, now }) {
    const workloads = indexWorkloads(world);
    return [
      ...pendingClaims(world, workloads, params.minutes, now),
      ...stuckMounts(world, workloads, params.minutes, now),
      ...failedAttachments(world),
      ...missingDrivers(world),
    ];
  },
});

/** A claim that waits for its first consumer and has none is healthy; so is one whose consumer is scaled to zero. */
function pendingClaims(world: StuckWorld, workloads: Workloads, minutes: number, now: Date): readonly FoundFault[] {
  const consumers = new Map<string, Workload[]>();
  for (const workload of workloads.all)
    if (workload.desired > 0 || workload.pods.some((pod) => !isTerminal(pod)))
      for (const id of claimIds(workload)) push(consumers, id, workload);
  return [...world.persistentVolumeClaims].flatMap(([id, claim]): readonly FoundFault[] => {
    const users = consumers.get(id);
    const isStuck = claim.status.phase === 'Pending' && isOlderThan(claim.metadata.creationTimestamp, minutes, now);
    if (!isStuck || users === undefined) return [];
    const storageClass = classOf(claim, world);
    const name = claim.spec.storageClassName;
    return [
      {
        target: `PersistentVolumeClaim ${id}`,
        subject: { part: 'persistentVolumeClaims', id },
        message: `PersistentVolumeClaim ${id} has been Pending for ${durationText(minutesSince(claim.metadata.creationTimestamp, now) ?? 0)}, and ${enumerate(users.map(({ key }) => key))} waits for it.`,
        evidence: [
          storageClass === undefined
            ? `storage class: ${name === undefined ? 'none, and no default filled it in' : `${name}, which does not exist`}`
            : `storage class: ${name ?? ''} (${storageClass.provisioner}, ${storageClass.volumeBindingMode})`,
          ...eventsAbout(world.events, 'PersistentVolumeClaim', id),
        ],
        remedy:
          storageClass === undefined
            ? `Name a storage class that exists: ${enumerate([...world.storageClasses.keys()]) || 'there is none'}.`
            : `Read the events of the claim and the log of the provisioner ${storageClass.provisioner}.`,
        fingerprint: `K07:pvc:${id}`,
        lessons: ['longhorn-encrypted-staging'],
      },
    ];
  });
}

/** Claims by name, and those that a StatefulSet makes for its pods. */
const claimIds = (workload: Workload): readonly string[] => [
  ...new Set([
    ...claimsOf(workload),
    ...workload.pods.flatMap(({ spec }) => claimsOf({ namespace: workload.namespace, spec })),
  ]),
];

const MOUNT_REASONS = new Set(['FailedMount', 'FailedAttachVolume', 'FailedMapVolume']);

function stuckMounts(world: StuckWorld, workloads: Workloads, minutes: number, now: Date): readonly FoundFault[] {
  const failures = new Map<string, Event[]>();
  for (const event of world.events.values())
    if (MOUNT_REASONS.has(event.reason))
      push(failures, `${event.involvedObject.namespace ?? ''}/${event.involvedObject.name}`, event);
  return [...world.pods].flatMap(([id, pod]): readonly FoundFault[] => {
    const since = scheduledAt(pod);
    const events = failures.get(id);
    if (events === undefined || pod.status.phase !== 'Pending' || !isOlderThan(since, minutes, now)) return [];
    const key = workloads.of(pod)?.key ?? `Pod ${id}`;
    const owner = workloads.of(pod);
    return [
      {
        target: key,
        ...(owner === undefined ? {} : { subject: { part: owner.part, id: owner.id } }),
        message: `A pod of ${key} has waited ${durationText(minutesSince(since, now) ?? 0)} on ${pod.spec.nodeName ?? 'its node'} for a volume that cannot be mounted.`,
        evidence: events.slice(0, 3).map(({ reason, message }) => `${reason}: ${oneLine(message)}`),
        remedy: 'Follow the volume: PVC, PV, VolumeAttachment, and then the CSI node plugin on that node.',
        fingerprint: `K07:mount:${key}`,
        lessons: ['longhorn-encrypted-staging', 'csi-liveness-port-zombie'],
      },
    ];
  });
}

const scheduledAt = ({ status }: Pod): string | undefined =>
  status.conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'True')?.lastTransitionTime;

const failedAttachments = ({ volumeAttachments }: StuckWorld): readonly FoundFault[] =>
  [...volumeAttachments].flatMap(([id, { spec, status }]): readonly FoundFault[] => {
    if (status.attachError === undefined || status.attached) return [];
    const volume = spec.source?.persistentVolumeName ?? id;
    return [
      {
        target: `VolumeAttachment ${id}`,
        subject: { part: 'volumeAttachments', id },
        message: `Volume ${volume} cannot be attached to ${spec.nodeName}.`,
        evidence: [`${spec.attacher}: ${oneLine(status.attachError.message ?? 'no message')}`],
        remedy: `Check that the volume is not still attached elsewhere, and read the log of ${spec.attacher}.`,
        fingerprint: `K07:attach:${volume}@${spec.nodeName}`,
        lessons: ['longhorn-encrypted-staging'],
      },
    ];
  });

/** Expected = the driver of a volume that a pod on this node mounts. */
function missingDrivers(world: StuckWorld): readonly FoundFault[] {
  const expected = new Map<string, Map<string, string[]>>();
  for (const pod of world.pods.values()) {
    const { nodeName } = pod.spec;
    if (nodeName === undefined || isTerminal(pod) || !world.nodes.has(nodeName)) continue;
    for (const driver of driversOf(pod, world)) {
      const drivers = expected.get(nodeName) ?? new Map<string, string[]>();
      expected.set(nodeName, drivers);
      push(drivers, driver, idOf(pod.metadata));
    }
  }
  const unlisted = [...expected.keys()].filter((node) => !world.csiNodes.has(node));
  const missing = [...expected].flatMap(([node, drivers]) => {
    const there = world.csiNodes.get(node)?.spec.drivers.map(({ name }) => name);
    return [...drivers]
      .filter(([driver]) => there !== undefined && !there.includes(driver))
      .map(([driver, pods]) => missingDriver(node, driver, pods));
  });
  return [...missing, ...(unlisted.length > 0 ? [unlistedNodes(unlisted)] : [])];
}

/** The kubelet makes a CSINode for every node; where it is missing, nothing tells which drivers there are. */
const unlistedNodes = (nodes: readonly string[]): FoundFault => ({
  target: `CSINode ${nodes.join(', ')}`,
  severity: 'low',
  message: `Which CSI drivers run on ${enumerate(nodes)} is not known: there is no CSINode object.`,
  evidence: ['pods on these nodes mount CSI volumes'],
  remedy: 'Look into the log of the kubelet of these nodes: it registers the drivers there.',
  fingerprint: 'K07:unknown:csi-nodes',
  lessons: ['csi-liveness-port-zombie'],
  unknown: true,
});

const driversOf = (
  { metadata, spec }: Pod,
  world: Pick<Parts, 'persistentVolumeClaims' | 'persistentVolumes'>,
): readonly string[] =>
  claimsOf({ namespace: metadata.namespace ?? '', spec }).flatMap((id) => {
    const claim = world.persistentVolumeClaims.get(id);
    return (claim === undefined ? undefined : volumeOf(claim, world))?.spec.csi?.driver ?? [];
  });

const missingDriver = (node: string, driver: string, pods: readonly string[]): FoundFault => ({
  target: `Node ${node}`,
  subject: { part: 'nodes', id: node },
  message: `Node ${node} has no CSI driver ${driver}, and pods there need it.`,
  evidence: [`CSINode ${node} does not list ${driver}`, `needed by ${enumerate(pods)}`],
  remedy: `Look at the pod of the ${driver} node plugin on ${node}: it has not registered itself.`,
  fingerprint: `K07:driver:${driver}@${node}`,
  lessons: ['csi-liveness-port-zombie'],
});

const eventsAbout = (events: Parts['events'], kind: string, id: string): readonly string[] =>
  [...events.values()]
    .filter(({ involvedObject: about }) => about.kind === kind && `${about.namespace ?? ''}/${about.name}` === id)
    .slice(0, 3)
    .map(({ reason, message }) => `${reason}: ${oneLine(message)}`);
