import type { Meta, OwnerReference } from './kubernetes/meta.ts';
import type { Pod, PodSpec } from './kubernetes/pod.ts';
import { indexLabels, type LabelIndex, type Labels, push } from './labels.ts';
import type { ObjectPartName, Parts } from './parts.ts';

/** The parts that together tell which workload a pod belongs to. */
export const WORKLOAD_PARTS = [
  'pods',
  'deployments',
  'replicaSets',
  'statefulSets',
  'daemonSets',
  'jobs',
  'cronJobs',
] as const;
export type WorkloadParts = Pick<Parts, (typeof WORKLOAD_PARTS)[number]>;

export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob' | 'Pod';

/** Anything that makes pods, with the pods it has now. A pod without a controller is a workload of its own. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  /** `Deployment media/web`: what people read, and unique. */
  readonly key: string;
  /** Where the object stands in the world. */
  readonly part: ObjectPartName;
  readonly id: string;
  readonly metadata: Meta;
  /** Labels that its pods get. */
  readonly labels: Labels;
  readonly spec: PodSpec;
  /** Pods it wants now: 0 = scaled to zero, suspended or finished. A CronJob that is not suspended counts 1. */
  readonly desired: number;
  /** Key of the uppermost controller, which may be a kind we do not read: `Prometheus monitoring/k8s`. */
  readonly top: string;
  readonly pods: readonly Pod[];
}

export interface Workloads {
  readonly all: readonly Workload[];
  /** Workloads by the labels of their template. */
  readonly byLabels: LabelIndex<Workload>;
  readonly podsByLabels: LabelIndex<Pod>;
  byKey(key: string): Workload | undefined;
  /** Always found for a pod of this world. */
  of(pod: Pod): Workload | undefined;
}

export const idOf = ({ namespace, name }: Meta): string => (namespace === undefined ? name : `${namespace}/${name}`);

export const controllerOf = (meta: Meta): OwnerReference | undefined =>
  meta.ownerReferences.find((owner) => owner.controller === true);

export const isTerminal = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';

const kept = new WeakMap<Parts['pods'], readonly [WorkloadParts, Workloads]>();

/**
 * Indexes every workload of a world, in time linear in its objects.
 * Parts never change, so the index of the same parts is made once, whichever check asks first.
 */
export function indexWorkloads(parts: WorkloadParts): Workloads {
  const [of, index] = kept.get(parts.pods) ?? [];
  if (index !== undefined && WORKLOAD_PARTS.every((part) => of?.[part] === parts[part])) return index;
  const made = makeIndex(parts);
  const own = Object.fromEntries(WORKLOAD_PARTS.map((part) => [part, parts[part]]));
  kept.set(parts.pods, [own as WorkloadParts, made]); // sound: the same parts under their own names, and no others kept alive
  return made;
}

function makeIndex(parts: WorkloadParts): Workloads {
  const pods = new Map<string, Pod[]>();
  const ownerKeys = new Map<Pod, string>();
  for (const pod of parts.pods.values()) {
    const key = workloadKeyOf(pod, parts);
    ownerKeys.set(pod, key);
    push(pods, key, pod);
  }
  const all: Workload[] = [];
  const byKey = new Map<string, Workload>();
  for (const made of makers(parts)) {
    const workload = { ...made, pods: pods.get(made.key) ?? [] };
    all.push(workload);
    byKey.set(workload.key, workload);
  }
  let byLabels: LabelIndex<Workload> | undefined;
  let podsByLabels: LabelIndex<Pod> | undefined;
  return {
    all,
    get byLabels() {
      byLabels ??= indexLabels(
        all,
        ({ namespace }) => namespace,
        ({ labels }) => labels,
      );
      return byLabels;
    },
    get podsByLabels() {
      podsByLabels ??= indexLabels(
        parts.pods.values(),
        ({ metadata }) => metadata.namespace ?? '',
        ({ metadata }) => metadata.labels,
      );
      return podsByLabels;
    },
    byKey: (key) => byKey.get(key),
    of: (pod) => byKey.get(ownerKeys.get(pod) ?? ''),
  };
}

type Made = Omit<Workload, 'pods'>;

/** The workload that a pod is (or was) counted under: through its ReplicaSet, or its Job and CronJob. */
export function workloadKeyOf({ metadata }: Pick<Pod, 'metadata'>, parts: WorkloadParts): string {
  const namespace = metadata.namespace ?? '';
  const owner = controllerOf(metadata);
  const found = owner === undefined ? undefined : workloadKeyUnder(owner.kind, `${namespace}/${owner.name}`, parts);
  return found ?? `Pod ${namespace}/${metadata.name}`;
}

function workloadKeyUnder(kind: string, id: string, parts: WorkloadParts): string | undefined {
  const known = (found: boolean): string | undefined => (found ? `${kind} ${id}` : undefined);
  switch (kind) {
    case 'ReplicaSet':
      return (
        parentOf(parts.replicaSets.get(id)?.metadata, 'Deployment', parts.deployments) ??
        known(parts.replicaSets.has(id))
      );
    case 'Job':
      return parentOf(parts.jobs.get(id)?.metadata, 'CronJob', parts.cronJobs) ?? known(parts.jobs.has(id));
    case 'StatefulSet':
      return known(parts.statefulSets.has(id));
    case 'DaemonSet':
      return known(parts.daemonSets.has(id));
    default:
      return undefined;
  }
}

function parentOf(meta: Meta | undefined, kind: string, parents: ReadonlyMap<string, unknown>): string | undefined {
  const owner = meta === undefined ? undefined : controllerOf(meta);
  const id = `${meta?.namespace ?? ''}/${owner?.name ?? ''}`;
  return owner?.kind === kind && parents.has(id) ? `${kind} ${id}` : undefined;
}

const makers = (parts: WorkloadParts): readonly Made[] => [
  ...scalables(parts),
  ...replicaSets(parts),
  ...jobs(parts),
  ...barePods(parts),
];

const scalables = ({ deployments, statefulSets, daemonSets }: WorkloadParts): readonly Made[] => [
  ...[...deployments.values()].map(({ metadata, spec }) =>
    made('Deployment', 'deployments', metadata, spec.template, spec.replicas),
  ),
  ...[...statefulSets.values()].map(({ metadata, spec }) =>
    made('StatefulSet', 'statefulSets', metadata, spec.template, spec.replicas),
  ),
  ...[...daemonSets.values()].map(({ metadata, spec, status }) =>
    made('DaemonSet', 'daemonSets', metadata, spec.template, status.desiredNumberScheduled),
  ),
];

/** Those of no Deployment; old and empty ones are history. */
function* replicaSets(parts: WorkloadParts): Generator<Made> {
  for (const { metadata, spec, status } of parts.replicaSets.values()) {
    if (spec.template === undefined || parentOf(metadata, 'Deployment', parts.deployments) !== undefined) continue;
    if (spec.replicas > 0 || status.replicas > 0)
      yield made('ReplicaSet', 'replicaSets', metadata, spec.template, spec.replicas);
  }
}

function* jobs(parts: WorkloadParts): Generator<Made> {
  for (const { metadata, spec, status } of parts.jobs.values()) {
    if (parentOf(metadata, 'CronJob', parts.cronJobs) !== undefined) continue;
    const isOver = status.conditions.some(({ type, status }) => OVER.has(type) && status === 'True');
    yield made('Job', 'jobs', metadata, spec.template, isOver || spec.suspend ? 0 : spec.parallelism);
  }
  for (const { metadata, spec } of parts.cronJobs.values())
    yield made('CronJob', 'cronJobs', metadata, spec.jobTemplate.spec.template, spec.suspend ? 0 : 1);
}

function* barePods(parts: WorkloadParts): Generator<Made> {
  for (const pod of parts.pods.values()) {
    const { metadata, spec } = pod;
    if (workloadKeyOf(pod, parts) === `Pod ${metadata.namespace ?? ''}/${metadata.name}`)
      yield made('Pod', 'pods', metadata, { metadata, spec }, isTerminal(pod) ? 0 : 1);
  }
}

const OVER = new Set(['Complete', 'Failed']);

function made(
  kind: WorkloadKind,
  part: ObjectPartName,
  metadata: Meta,
  template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec },
  desired: number,
): Made {
  const namespace = metadata.namespace ?? '';
  const key = `${kind} ${namespace}/${metadata.name}`;
  const owner = controllerOf(metadata);
  // a static pod is "controlled" by its node; that makes the pods of one node no family
  const top = owner === undefined || owner.kind === 'Node' ? key : `${owner.kind} ${namespace}/${owner.name}`;
  return {
    kind,
    namespace,
    name: metadata.name,
    key,
    part,
    id: idOf(metadata),
    metadata,
    labels: template.metadata.labels,
    spec: template.spec,
    desired,
    top,
  };
}
