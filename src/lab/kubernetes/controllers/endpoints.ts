import { canonicalJson } from '../../../core/canonical.ts';
import type { LabApi, LooseObject } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import { all, type Pod, type Service, type ServicePort } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { createMemo } from './memo.ts';
import { hasLabels } from './selecting.ts';
import {
  attemptCreate,
  isDeleting,
  isFinished,
  isReady,
  isSame,
  MANAGER,
  ownerReference,
  safeHash,
  tolerate,
} from './support.ts';

const NAME = 'endpointslice-controller';
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGED_HERE = 'endpointslice-controller.k8s.io';
const SLICE_SIZE = 100;

interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

/** The number behind a port of the service on this pod; undefined when the pod has no port of that name. */
const portNumber = (pod: Pod, { targetPort, port }: ServicePort): number | undefined => {
  if (typeof targetPort !== 'string') return targetPort ?? port;
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find(({ name }) => name === targetPort)?.containerPort;
};

const portsOf = (pod: Pod, service: Service): readonly Port[] =>
  (service.spec.ports ?? []).flatMap((wanted) => {
    const port = portNumber(pod, wanted);
    return port === undefined ? [] : [{ name: wanted.name ?? '', port, protocol: wanted.protocol ?? 'TCP' }];
  });

const targetRef = ({ metadata }: Pod) => ({
  kind: 'Pod',
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
});

const endpointOf = (pod: Pod, service: Service) => {
  const serving = isReady(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !isDeleting(pod));
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready, serving, terminating: isDeleting(pod) },
    targetRef: targetRef(pod),
    ...(pod.spec.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
  };
};

/** Pods behind a service, grouped by the port numbers they answer on. */
const groups = (service: Service, pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> => {
  const found = new Map<string, Pod[]>();
  for (const pod of pods) {
    const key = canonicalJson(portsOf(pod, service));
    found.set(key, [...(found.get(key) ?? []), pod]);
  }
  if (found.size === 0) found.set('[]', []);
  return found;
};

const wantedSlices = (service: Service, pods: readonly Pod[]): LooseObject[] =>
  [...groups(service, pods)].flatMap(([key, members]) => {
    const ports = members[0] ? portsOf(members[0], service) : [];
    const chunks = Math.max(1, Math.ceil(members.length / SLICE_SIZE));
    return Array.from({ length: chunks }, (_, index) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${service.metadata.name}-${safeHash(`${service.metadata.uid}/${key}/${index}`, 5)}`,
        generateName: `${service.metadata.name}-`,
        ...(service.metadata.namespace !== undefined && { namespace: service.metadata.namespace }),
        labels: { ...service.metadata.labels, [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: MANAGED_HERE },
        ownerReferences: [ownerReference(service)],
      },
      addressType: 'IPv4',
      endpoints: members.slice(index * SLICE_SIZE, (index + 1) * SLICE_SIZE).map((pod) => endpointOf(pod, service)),
      ports,
    }));
  });

const writeSlices = (api: LabApi, service: Service, pods: readonly Pod[], existing: readonly KubeJson[]): void => {
  const wanted = wantedSlices(service, pods);
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const slice of wanted) {
    const current = existing.find(({ metadata }) => metadata.name === slice.metadata.name);
    if (!current) attemptCreate(api, 'endpointslices.discovery.k8s.io', slice);
    else if (!isSame(current['endpoints'] ?? [], slice['endpoints']) || !isSame(current['ports'] ?? [], slice['ports']))
      tolerate(() =>
        api.update(
          'endpointslices.discovery.k8s.io',
          { ...current, endpoints: slice['endpoints'], ports: slice['ports'] },
          MANAGER,
        ),
      );
  }
  for (const { metadata } of existing)
    if (!names.has(metadata.name))
      tolerate(() => api.delete('endpointslices.discovery.k8s.io', metadata.namespace, metadata.name, {}));
};

const subsetsOf = (service: Service, pods: readonly Pod[]): readonly object[] =>
  [
    ...groups(
      service,
      pods.filter((pod) => !isDeleting(pod)),
    ),
  ].flatMap(([, members]) => {
    const address = (pod: Pod) => ({ ip: pod.status?.podIP, nodeName: pod.spec.nodeName, targetRef: targetRef(pod) });
    const open = service.spec.publishNotReadyAddresses === true;
    const ready = members.filter((pod) => open || isReady(pod)).map(address);
    const notReady = members.filter((pod) => !open && !isReady(pod)).map(address);
    if (members.length === 0 || !members[0]) return [];
    const ports = portsOf(members[0], service).map(({ name, ...port }) => ({ ...(name !== '' && { name }), ...port }));
    return [
      {
        ...(ready.length > 0 && { addresses: ready }),
        ...(notReady.length > 0 && { notReadyAddresses: notReady }),
        ports,
      },
    ];
  });

/** The older kind that `kubectl describe service` and old clients still read. */
const writeEndpoints = (api: LabApi, service: Service, pods: readonly Pod[]): void => {
  const { name, namespace, labels } = service.metadata;
  const subsets = subsetsOf(service, pods);
  const current = api.get('endpoints', namespace, name);
  if (!current)
    attemptCreate(api, 'endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }) },
      ...(subsets.length > 0 && { subsets }),
    });
  else if (!isSame(current['subsets'] ?? [], subsets))
    tolerate(() => api.update('endpoints', { ...current, subsets }, MANAGER));
};

const hasSelector = ({ spec }: Service): boolean =>
  spec.selector !== undefined && Object.keys(spec.selector).length > 0;

const byNamespace = <T extends KubeJson>(objects: readonly T[]): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const object of objects) {
    const { namespace = '' } = object.metadata;
    const group = groups.get(namespace);
    if (group) group.push(object);
    else groups.set(namespace, [object]);
  }
  return groups;
};

/** EndpointSlices and Endpoints of services that have a selector. */
export const createEndpointsController = (): LoopController => {
  const memo = createMemo();
  return {
    name: NAME,
    watches: ['services', 'pods', 'endpointslices.discovery.k8s.io'],
    wants: ({ resource, type }) => resource !== 'endpointslices.discovery.k8s.io' || type === 'DELETED',
    reconcile(api) {
      const pods = byNamespace(all(api, 'pods').filter((pod) => pod.status?.podIP && !isFinished(pod)));
      const slices = byNamespace(all(api, 'endpointslices.discovery.k8s.io'));
      for (const service of all(api, 'services')) {
        const { namespace = '', name } = service.metadata;
        if (isDeleting(service) || !hasSelector(service)) continue;
        const behind = (pods.get(namespace) ?? []).filter(({ metadata }) =>
          hasLabels(service.spec.selector, metadata.labels),
        );
        const existing = (slices.get(namespace) ?? []).filter(
          ({ metadata }) => metadata.labels?.[SERVICE_NAME] === name,
        );
        memo(api.now(), service, [...behind, ...existing], () => {
          writeSlices(api, service, behind, existing);
          writeEndpoints(api, service, behind);
          return undefined;
        });
      }
      for (const { metadata } of all(api, 'endpoints'))
        if (!api.get('services', metadata.namespace, metadata.name))
          tolerate(() => api.delete('endpoints', metadata.namespace, metadata.name, {}));
      return undefined;
    },
  };
};
