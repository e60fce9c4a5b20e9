import type { KubeKind, KubeObject } from '../../../clients/kubernetes/contract.ts';
import { age } from './age.ts';
import { at, jsonAt, listAt, numberAt, textAt, textsAt } from './json.ts';
import { podState } from './pod-state.ts';

/** How the objects of one kind are listed: kubectl's columns, the useful ones. */
export interface Columns {
  readonly titles: readonly string[];
  cells(object: KubeObject, now: Date): readonly string[];
  /** Whether somebody should look at it. */
  isAbnormal(object: KubeObject): boolean;
}

export const columnsOf = ({ group, kind }: Pick<KubeKind, 'group' | 'kind'>): Columns => {
  const own = BY_KIND[kind];
  return own !== undefined && own.group === group ? own : GENERIC;
};

const born = (object: KubeObject, now: Date): string => age(textAt(object, 'metadata', 'creationTimestamp'), now);
const text = (object: KubeObject, ...path: readonly string[]): string => textAt(object, ...path) || '-';
const number = (object: KubeObject, ...path: readonly string[]): number => numberAt(object, ...path) ?? 0;
const isGoing = (object: KubeObject): boolean => textAt(object, 'metadata', 'deletionTimestamp') !== undefined;

const condition = (object: KubeObject, type: string): string | undefined => {
  const found = listAt(object, 'status', 'conditions').find((one) => one['type'] === type);
  return textAt(found, 'status');
};

const replicas = (object: KubeObject, wanted: number, ready: string): { ready: string; short: boolean } => {
  const is = number(object, 'status', ready);
  return { ready: `${is}/${wanted}`, short: is < wanted || isGoing(object) };
};

const wantedOf = (object: KubeObject): number => numberAt(object, 'spec', 'replicas') ?? 1;

const scalable = (ready: string): Columns & { group: string } => ({
  group: 'apps',
  titles: ['ready', 'images', 'age'],
  cells: (object, now) => [replicas(object, wantedOf(object), ready).ready, imagesOf(object), born(object, now)],
  isAbnormal: (object) => replicas(object, wantedOf(object), ready).short,
});

export const imagesOf = (object: KubeObject): string =>
  listAt(object, 'spec', 'template', 'spec', 'containers')
    .map((container) =>
      (textAt(container, 'image') ?? '-')
        .replace(/^(?:docker\.io\/)?(?:library\/)?/, '')
        .replace(/@sha256:[0-9a-f]+$/, ''),
    )
    .join(', ');

const nodeStatus = (node: KubeObject): string => {
  const ready = condition(node, 'Ready');
  const pressure = listAt(node, 'status', 'conditions')
    .filter((one) => one['type'] !== 'Ready' && one['status'] === 'True')
    .map((one) => textAt(one, 'type') ?? '');
  return [
    ready === 'True' ? 'Ready' : ready === 'False' ? 'NotReady' : 'Unknown',
    ...(at(node, 'spec', 'unschedulable') === true ? ['SchedulingDisabled'] : []),
    ...pressure,
  ].join(',');
};

const roles = (node: KubeObject): string =>
  Object.keys(jsonAt(node, 'metadata', 'labels'))
    .flatMap((label) => /^node-role\.kubernetes\.io\/(.+)$/.exec(label)?.[1] ?? [])
    .join(',') || '-';

const ports = (service: KubeObject): string =>
  listAt(service, 'spec', 'ports')
    .map(
      (port) =>
        `${numberAt(port, 'port') ?? '?'}${numberAt(port, 'nodePort') === undefined ? '' : `:${numberAt(port, 'nodePort') ?? ''}`}/${textAt(port, 'protocol') ?? 'TCP'}`,
    )
    .join(',') || '-';

const pairs = (object: unknown): string =>
  Object.entries(jsonAt(object))
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',') || '-';

const jobState = (job: KubeObject): string => {
  const done = listAt(job, 'status', 'conditions').find(
    (one) => one['status'] === 'True' && ['Complete', 'Failed', 'Suspended'].includes(textAt(one, 'type') ?? ''),
  );
  return textAt(done, 'type') ?? 'Running';
};

const countOrPercent = (budget: KubeObject, field: string): string =>
  textAt(budget, 'spec', field) ?? numberAt(budget, 'spec', field)?.toString() ?? '-';

const BY_KIND: Readonly<Record<string, Columns & { readonly group: string }>> = {
  Pod: {
    group: '',
    titles: ['ready', 'status', 'restarts', 'age', 'node'],
    cells: (pod, now) => {
      const { ready, status, restarts, node } = podState(pod);
      return [ready, status, String(restarts), born(pod, now), node];
    },
    isAbnormal: (pod) => !podState(pod).healthy,
  },
  Node: {
    group: '',
    titles: ['status', 'roles', 'arch', 'version', 'age'],
    cells: (node, now) => [
      nodeStatus(node),
      roles(node),
      text(node, 'status', 'nodeInfo', 'architecture'),
      text(node, 'status', 'nodeInfo', 'kubeletVersion'),
      born(node, now),
    ],
    isAbnormal: (node) => nodeStatus(node) !== 'Ready',
  },
  Deployment: scalable('availableReplicas'),
  StatefulSet: scalable('readyReplicas'),
  ReplicaSet: scalable('readyReplicas'),
  DaemonSet: {
    group: 'apps',
    titles: ['ready', 'images', 'age'],
    cells: (set, now) => [
      replicas(set, number(set, 'status', 'desiredNumberScheduled'), 'numberReady').ready,
      imagesOf(set),
      born(set, now),
    ],
    isAbnormal: (set) => replicas(set, number(set, 'status', 'desiredNumberScheduled'), 'numberReady').short,
  },
  Job: {
    group: 'batch',
    titles: ['state', 'done', 'age'],
    cells: (job, now) => [
      jobState(job),
      `${number(job, 'status', 'succeeded')}/${numberAt(job, 'spec', 'completions') ?? 1}`,
      born(job, now),
    ],
    isAbnormal: (job) => jobState(job) === 'Failed',
  },
  CronJob: {
    group: 'batch',
    titles: ['schedule', 'suspended', 'last', 'last success', 'age'],
    cells: (job, now) => [
      text(job, 'spec', 'schedule'),
      at(job, 'spec', 'suspend') === true ? 'yes' : 'no',
      age(textAt(job, 'status', 'lastScheduleTime'), now),
      age(textAt(job, 'status', 'lastSuccessfulTime'), now),
      born(job, now),
    ],
    isAbnormal: (job) => {
      const [last, success] = [textAt(job, 'status', 'lastScheduleTime'), textAt(job, 'status', 'lastSuccessfulTime')];
      return (
        last !== undefined && listAt(job, 'status', 'active').length === 0 && (success === undefined || success < last)
      );
    },
  },
  Service: {
    group: '',
    titles: ['type', 'cluster ip', 'ports', 'selector', 'age'],
    cells: (service, now) => [
      text(service, 'spec', 'type'),
      text(service, 'spec', 'clusterIP'),
      ports(service),
      pairs(at(service, 'spec', 'selector')),
      born(service, now),
    ],
    isAbnormal: (service) =>
      textAt(service, 'spec', 'type') === 'LoadBalancer' &&
      listAt(service, 'status', 'loadBalancer', 'ingress').length === 0,
  },
  Ingress: {
    group: 'networking.k8s.io',
    titles: ['class', 'hosts', 'age'],
    cells: (ingress, now) => [
      text(ingress, 'spec', 'ingressClassName'),
      listAt(ingress, 'spec', 'rules')
        .map((rule) => textAt(rule, 'host') ?? '*')
        .join(',') || '*',
      born(ingress, now),
    ],
    isAbnormal: isGoing,
  },
  PersistentVolumeClaim: {
    group: '',
    titles: ['status', 'size', 'class', 'modes', 'volume', 'age'],
    cells: (claim, now) => [
      text(claim, 'status', 'phase'),
      textAt(claim, 'status', 'capacity', 'storage') ?? text(claim, 'spec', 'resources', 'requests', 'storage'),
      text(claim, 'spec', 'storageClassName'),
      textsAt(claim, 'spec', 'accessModes').join(','),
      text(claim, 'spec', 'volumeName'),
      born(claim, now),
    ],
    isAbnormal: (claim) => textAt(claim, 'status', 'phase') !== 'Bound' || isGoing(claim),
  },
  PersistentVolume: {
    group: '',
    titles: ['status', 'size', 'class', 'claim', 'reclaim', 'age'],
    cells: (volume, now) => [
      text(volume, 'status', 'phase'),
      text(volume, 'spec', 'capacity', 'storage'),
      text(volume, 'spec', 'storageClassName'),
      `${text(volume, 'spec', 'claimRef', 'namespace')}/${text(volume, 'spec', 'claimRef', 'name')}`,
      text(volume, 'spec', 'persistentVolumeReclaimPolicy'),
      born(volume, now),
    ],
    isAbnormal: (volume) => !['Bound', 'Available'].includes(textAt(volume, 'status', 'phase') ?? ''),
  },
  Namespace: {
    group: '',
    titles: ['status', 'pod security', 'age'],
    cells: (namespace, now) => [
      text(namespace, 'status', 'phase'),
      text(namespace, 'metadata', 'labels', 'pod-security.kubernetes.io/enforce'),
      born(namespace, now),
    ],
    isAbnormal: (namespace) => textAt(namespace, 'status', 'phase') !== 'Active',
  },
  ConfigMap: {
    group: '',
    titles: ['keys', 'age'],
    cells: (map, now) => [
      [...Object.keys(jsonAt(map, 'data')), ...Object.keys(jsonAt(map, 'binaryData'))].join(',') || '-',
      born(map, now),
    ],
    isAbnormal: isGoing,
  },
  Secret: {
    group: '',
    titles: ['type', 'keys', 'age'],
    cells: (secret, now) => [
      text(secret, 'type'),
      Object.keys(jsonAt(secret, 'data')).join(',') || '-',
      born(secret, now),
    ],
    isAbnormal: isGoing,
  },
  PodDisruptionBudget: {
    group: 'policy',
    titles: ['min available', 'max unavailable', 'allowed now', 'age'],
    cells: (budget, now) => [
      countOrPercent(budget, 'minAvailable'),
      countOrPercent(budget, 'maxUnavailable'),
      String(number(budget, 'status', 'disruptionsAllowed')),
      born(budget, now),
    ],
    isAbnormal: (budget) => number(budget, 'status', 'disruptionsAllowed') === 0,
  },
};

/** Kinds we know nothing about: the condition that most of them have. */
const GENERIC: Columns = {
  titles: ['state', 'age'],
  cells: (object, now) => [genericState(object), born(object, now)],
  isAbnormal: (object) =>
    isGoing(object) || ['Ready', 'Available', 'Healthy'].some((type) => condition(object, type) === 'False'),
};

function genericState(object: KubeObject): string {
  if (isGoing(object)) return 'Terminating';
  for (const type of ['Ready', 'Available', 'Healthy']) {
    const found = listAt(object, 'status', 'conditions').find((one) => one['type'] === type);
    if (found !== undefined)
      return textAt(found, 'status') === 'True'
        ? type
        : `${type}=${textAt(found, 'status') ?? '?'} ${textAt(found, 'reason') ?? ''}`.trim();
  }
  return textAt(object, 'status', 'phase') ?? '-';
}
