import type { KubeObject, KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import { at, listAt, textAt } from './json.ts';
import { controllerOf } from './owned.ts';

export interface NodePods {
  /** Evicted by a drain. */
  readonly evict: readonly KubeObject[];
  /** Of these, those that no controller makes again. */
  readonly bare: readonly KubeObject[];
  /** Of these, those that lose an emptyDir volume. */
  readonly emptyDir: readonly KubeObject[];
  /** Stay: DaemonSet pods, static pods, finished ones that are left to their owner. */
  readonly stay: readonly KubeObject[];
}

/** Pods of a node by what a drain does to them (the filters of kubectl drain). */
export async function podsOnNode(kubernetes: KubernetesReader, node: string, signal: AbortSignal): Promise<NodePods> {
  const kind = await kubernetes.kind('v1/Pod', signal);
  const all = await kubernetes.listAll(kind, { fieldSelector: `spec.nodeName=${node}` }, signal);
  const pods = all.filter(
    (pod) => textAt(pod, 'spec', 'nodeName') === node && textAt(pod, 'metadata', 'deletionTimestamp') === undefined,
  );
  const stay = pods.filter((pod) => controllerOf(pod)?.kind === 'DaemonSet' || isStatic(pod));
  const evict = pods.filter((pod) => !stay.includes(pod));
  return {
    evict,
    bare: evict.filter((pod) => controllerOf(pod) === undefined && !isFinished(pod)),
    emptyDir: evict.filter((pod) =>
      listAt(pod, 'spec', 'volumes').some((volume) => at(volume, 'emptyDir') !== undefined),
    ),
    stay,
  };
}

/** The kubelet runs it from a file: its mirror comes back at once. */
const isStatic = (pod: KubeObject): boolean =>
  textAt(pod, 'metadata', 'annotations', 'kubernetes.io/config.mirror') !== undefined;

const isFinished = (pod: KubeObject): boolean => ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');
