import type { LabApi } from '../controller.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { all, type DaemonSet, type Node, type Pod, type PodSpec, type Toleration } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { createMemo } from './memo.ts';
import { fitsNode } from './placement.ts';
import { createPods } from './pods.ts';
import { currentRevision, REVISION_HASH } from './revisions.ts';
import {
  availableAt,
  earliest,
  groupByController,
  isDeleting,
  isFinished,
  isReady,
  share,
  tolerate,
  writeStatus,
} from './support.ts';
import { untolerated } from './tolerations.ts';

const NAME = 'daemonset-controller';

const always = (key: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect,
});

/** Daemons stay on nodes in trouble and run on cordoned ones. */
const TOLERATIONS: readonly Toleration[] = [
  always('not-ready', 'NoExecute'),
  always('unreachable', 'NoExecute'),
  always('disk-pressure', 'NoSchedule'),
  always('memory-pressure', 'NoSchedule'),
  always('pid-pressure', 'NoSchedule'),
  always('unschedulable', 'NoSchedule'),
];

const daemonTolerations = ({ tolerations, hostNetwork }: PodSpec): readonly Toleration[] => [
  ...(tolerations ?? []),
  ...TOLERATIONS,
  ...(hostNetwork ? [always('network-unavailable', 'NoSchedule')] : []),
];

const belongsOn = ({ spec }: DaemonSet, node: Node, effects: readonly string[]): boolean =>
  fitsNode(spec.template.spec, node) && !untolerated(node.spec?.taints, daemonTolerations(spec.template.spec), effects);

const pinnedTo = (node: Node) => ({
  nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node.metadata.name] }] }],
});

/** The node a daemon pod was made for, before and after the scheduler has bound it. */
const nodeOf = ({ spec }: Pod): string =>
  spec.nodeName ??
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
    .flatMap(({ matchFields }) => matchFields ?? [])
    .find(({ key }) => key === 'metadata.name')?.values?.[0] ??
  '';

const createOn = (api: LabApi, set: DaemonSet, node: Node, hash: string): string | undefined => {
  const { affinity } = set.spec.template.spec;
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: pinnedTo(node),
  };
  return createPods(api, set, set.spec.template, 1, NAME, {
    labels: { [REVISION_HASH]: hash, 'pod-template-generation': String(set.metadata.generation ?? 1) },
    spec: {
      affinity: { ...affinity, nodeAffinity },
      tolerations: daemonTolerations(set.spec.template.spec),
    },
  });
};

const remove = (api: LabApi, set: DaemonSet, pod: Pod): void => {
  if (isDeleting(pod)) return;
  tolerate(() => api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid }));
  api.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, NAME);
};

/** Replaces pods of an older template, as many at a time as may be unavailable; broken ones do not count twice. */
const update = (api: LabApi, set: DaemonSet, pods: readonly Pod[], wanted: number, hash: string): void => {
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const allowed = Math.max(1, share(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted, 'up'));
  const isOld = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_HASH] !== hash;
  const works = (pod: Pod): boolean => isReady(pod) && !isDeleting(pod);
  let budget = allowed - (wanted - pods.filter(works).length);
  for (const pod of pods.filter(isOld)) {
    if (works(pod) && budget <= 0) continue;
    if (works(pod)) budget -= 1;
    remove(api, set, pod);
  }
};

const place = (
  api: LabApi,
  set: DaemonSet,
  nodes: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  hash: string,
): string | undefined => {
  for (const node of nodes) {
    const pods = byNode.get(node.metadata.name) ?? [];
    for (const pod of pods.filter((each) => each.status?.phase === 'Failed')) remove(api, set, pod);
    for (const pod of pods.slice(1)) remove(api, set, pod);
    if (pods.length === 0 && belongsOn(set, node, ['NoSchedule', 'NoExecute'])) {
      const refused = createOn(api, set, node, hash);
      if (refused !== undefined) return refused;
    } else if (!belongsOn(set, node, ['NoExecute'])) for (const pod of pods) remove(api, set, pod);
  }
  return undefined;
};

const statusOf = (set: DaemonSet, wanted: number, pods: readonly Pod[], misplaced: number, hash: string, now: Date) => {
  const available = pods.map((pod) => availableAt(pod, set.spec.minReadySeconds)).filter((at) => at && at <= now);
  return {
    currentNumberScheduled: pods.length,
    desiredNumberScheduled: wanted,
    numberMisscheduled: misplaced,
    numberReady: pods.filter(isReady).length,
    updatedNumberScheduled: pods.filter((pod) => pod.metadata.labels?.[REVISION_HASH] === hash).length,
    ...(available.length > 0 && { numberAvailable: available.length }),
    ...(available.length < wanted && { numberUnavailable: wanted - available.length }),
    ...(set.metadata.generation !== undefined && { observedGeneration: set.metadata.generation }),
  };
};

const reconcileOne = (
  api: LabApi,
  set: DaemonSet,
  owned: readonly Pod[],
  nodes: readonly Node[],
  backoff: Backoff,
): Date | undefined => {
  if (isDeleting(set)) return undefined;
  const { hash } = currentRevision(api, set);
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const pod of owned.filter((each) => !names.has(nodeOf(each)))) remove(api, set, pod);
  const byNode = new Map(
    nodes.map((node) => [node.metadata.name, owned.filter((pod) => nodeOf(pod) === node.metadata.name)]),
  );
  if (backoff.mayTry(set, api.now())) {
    const refused = place(api, set, nodes, byNode, hash);
    if (refused === undefined) backoff.forget(set);
    else backoff.failed(set, api.now());
  }
  const eligible = nodes.filter((node) => belongsOn(set, node, ['NoSchedule', 'NoExecute']));
  const home = new Set(eligible.map(({ metadata }) => metadata.name));
  const running = owned.filter((pod) => !isFinished(pod));
  const atHome = running.filter((pod) => home.has(nodeOf(pod)));
  update(api, set, atHome, eligible.length, hash);
  const misplaced = running.length - atHome.length;
  writeStatus(api, 'daemonsets.apps', set, statusOf(set, eligible.length, atHome, misplaced, hash, api.now()));
  return backoff.nextTry(set);
};

/** DaemonSets: one pod on every node that fits. */
export const createDaemonSetController = (): LoopController => {
  const backoff = createBackoff();
  const memo = createMemo();
  return {
    name: NAME,
    watches: ['daemonsets.apps', 'pods', 'nodes'],
    reconcile(api) {
      const sets = all(api, 'daemonsets.apps');
      if (sets.length === 0) return undefined;
      const pods = groupByController(all(api, 'pods'));
      const nodes = all(api, 'nodes');
      const moments = sets.map((set) => {
        const owned = pods.get(set.metadata.uid) ?? [];
        return memo(api.now(), set, [...nodes, ...owned], () => reconcileOne(api, set, owned, nodes, backoff));
      });
      return earliest(...moments);
    },
  };
};
