import type { LabApi } from '../controller.ts';
import { all, type Node, type Pod, type Taint } from './kinds.ts';
import type { LoopController } from './loop.ts';
import {
  after,
  conditionOf,
  controllerOf,
  earliest,
  isDeleting,
  isReady,
  isSame,
  MANAGER,
  SECOND,
  timestamp,
  tolerate,
  withCondition,
  writeStatus,
} from './support.ts';
import { tolerationOf } from './tolerations.ts';

const NAME = 'node-controller';
const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const OWN = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE]);

/** The taints that a node's condition and cordon call for. */
const wantedTaints = (node: Node): readonly Omit<Taint, 'timeAdded'>[] => {
  const ready = conditionOf(node.status, 'Ready')?.status;
  const trouble = ready === 'False' ? NOT_READY : ready === 'Unknown' ? UNREACHABLE : undefined;
  return [
    ...(trouble
      ? [
          { key: trouble, effect: 'NoSchedule' },
          { key: trouble, effect: 'NoExecute' },
        ]
      : []),
    ...(node.spec?.unschedulable ? [{ key: UNSCHEDULABLE, effect: 'NoSchedule' }] : []),
  ];
};

const taintNode = (api: LabApi, node: Node): Node => {
  const before = node.spec?.taints ?? [];
  const wanted = wantedTaints(node).map(
    (taint): Taint =>
      before.find((each) => each.key === taint.key && each.effect === taint.effect) ?? {
        ...taint,
        timeAdded: timestamp(api.now()),
      },
  );
  const taints = [...before.filter(({ key }) => !OWN.has(key)), ...wanted];
  if (isSame(taints, before)) return node;
  const { taints: _before, ...spec } = node.spec ?? {};
  const written = { ...node, spec: taints.length > 0 ? { ...spec, taints } : spec };
  // The API hands back the node it was given.
  return (tolerate(() => api.update('nodes', written, MANAGER)) ?? node) as Node;
};

const evictAt = (pod: Pod, taint: Taint): Date | undefined => {
  const toleration = tolerationOf(taint, pod.spec.tolerations);
  const since = taint.timeAdded ?? pod.metadata.creationTimestamp;
  if (!toleration) return new Date(since);
  return toleration.tolerationSeconds === undefined ? undefined : after(since, toleration.tolerationSeconds * SECOND);
};

const evict = (api: LabApi, node: Node, pods: readonly Pod[]): Date | undefined => {
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  const moments = pods.map((pod) => {
    const at = isDeleting(pod) ? undefined : earliest(...taints.map((taint) => evictAt(pod, taint)));
    if (!at || at > api.now()) return at;
    const { namespace, name, uid } = pod.metadata;
    api.event(
      pod,
      'Normal',
      'TaintManagerEviction',
      `Marking for deletion Pod ${namespace}/${name}`,
      'taint-eviction-controller',
    );
    tolerate(() => api.delete('pods', namespace, name, { uid }));
    return undefined;
  });
  return earliest(...moments);
};

/** Nobody hears from the pods of a node that is gone: they count as not ready. */
const markNotReady = (api: LabApi, pods: readonly Pod[]): void => {
  for (const pod of pods.filter(isReady)) {
    const condition = { type: 'Ready', status: 'False' } as const;
    const conditions = withCondition(pod.status?.conditions, condition, api.now());
    writeStatus(api, 'pods', pod, { ...pod.status, conditions });
    api.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready', NAME);
  }
};

const cleanUp = (api: LabApi, pods: readonly Pod[], nodes: ReadonlySet<string>): void => {
  for (const { spec, metadata } of pods)
    if (spec.nodeName && !nodes.has(spec.nodeName))
      tolerate(() => api.delete('pods', metadata.namespace, metadata.name, { graceSeconds: 0, uid: metadata.uid }));
};

/** Taints nodes after their condition and cordon, and evicts pods that do not tolerate it (any longer). */
export const createNodeLifecycleController = (): LoopController => ({
  name: NAME,
  watches: ['nodes', 'pods'],
  wants: ({ resource, type, object, previous }) =>
    resource === 'nodes' ||
    (type !== 'DELETED' && (object as Pod).spec.nodeName !== (previous as Pod | undefined)?.spec.nodeName),
  reconcile(api) {
    const pods = all(api, 'pods').filter(({ spec }) => spec.nodeName);
    const nodes = all(api, 'nodes');
    const moments = nodes.map((found) => {
      const node = taintNode(api, found);
      const here = pods.filter(({ spec }) => spec.nodeName === node.metadata.name);
      const ready = conditionOf(node.status, 'Ready')?.status;
      if (ready === 'Unknown' || ready === 'False') markNotReady(api, here);
      return evict(
        api,
        node,
        here.filter((pod) => controllerOf(pod)?.kind !== 'Node'),
      );
    });
    cleanUp(api, pods, new Set(nodes.map(({ metadata }) => metadata.name)));
    return earliest(...moments);
  },
});
