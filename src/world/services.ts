import type { Service, ServicePort } from './kubernetes/network.ts';
import type { Container, Pod, PodSpec } from './kubernetes/pod.ts';
import { isTerminal, type Workload, type Workloads } from './relations.ts';

/** What a Service sends traffic to, or would once its pods exist. */
export interface Backends {
  readonly service: Service;
  /** Workloads whose template or live pods carry the selected labels. */
  readonly workloads: readonly Workload[];
  /** Live pods that carry them; finished pods are no backends. */
  readonly pods: readonly Pod[];
}

/** `undefined` for a Service without a selector: somebody else fills its endpoints. */
export function backendsOf(service: Service, workloads: Workloads): Backends | undefined {
  const { selector } = service.spec;
  if (Object.keys(selector).length === 0 || service.spec.type === 'ExternalName') return undefined;
  const namespace = service.metadata.namespace ?? '';
  const wanted = { matchLabels: selector, matchExpressions: [] };
  const pods = workloads.podsByLabels.select(namespace, wanted).filter((pod) => !isTerminal(pod));
  const found = new Set(workloads.byLabels.select(namespace, wanted));
  for (const pod of pods) {
    const workload = workloads.of(pod);
    if (workload !== undefined) found.add(workload);
  }
  return { service, workloads: [...found], pods };
}

/** Containers that run beside each other for the life of the pod: sidecars are init containers that restart always. */
export const runningContainers = ({ containers, initContainers }: PodSpec): readonly Container[] => [
  ...containers,
  ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'),
];

/** The container that declares the port a Service sends to; a number that nobody declares may still be listened on. */
export function containerBehind({ targetPort, port, protocol }: ServicePort, spec: PodSpec): Container | undefined {
  const wanted = targetPort ?? port;
  return runningContainers(spec).find(({ ports }) =>
    ports.some(
      (each) => each.protocol === protocol && (typeof wanted === 'number' ? each.containerPort : each.name) === wanted,
    ),
  );
}

/** The number of the port in this pod; `undefined` when it is a name that no container declares. */
export function targetNumber({ targetPort, port }: ServicePort, spec: PodSpec): number | undefined {
  const wanted = targetPort ?? port;
  if (typeof wanted === 'number') return wanted;
  for (const { ports } of runningContainers(spec))
    for (const each of ports) if (each.name === wanted) return each.containerPort;
  return undefined;
}
