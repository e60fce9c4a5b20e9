import type { KubeObject } from '../../../../clients/kubernetes/contract.ts';
import { at, jsonAt, listAt, numberAt, textAt, textsAt } from '../json.ts';
import { born, type ColumnsByKind, condition, isGoing, text } from './support.ts';

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

/** Nodes, and what workloads are given: network, storage, configuration. */
export const resourceColumns: ColumnsByKind = {
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
};
