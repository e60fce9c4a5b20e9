import type { LabApi } from '../../controller.ts';
import { all, one, type Pod } from '../kinds.ts';
import type { LoopController } from '../loop.ts';
import {
  after,
  conditionOf,
  isDeleting,
  isFinished,
  MINUTE,
  tolerate,
  withCondition,
  writeStatus,
} from '../support.ts';
import { waitsForConsumer } from '../volume-binding.ts';
import { SELECTED_NODE } from '../volume-provisioning.ts';
import { type ClaimView, type FilterContext, type NodeView, refusals } from './filters.ts';
import { type Amounts, allocatable, plus, podRequests } from './requests.ts';
import { ranked } from './score.ts';

const NAME = 'default-scheduler';
const MANAGER = 'kube-scheduler';
/** A pod that fits nowhere is tried again after this time even when nothing changed. */
const RETRY_MS = 5 * MINUTE;

type Verdict =
  | { readonly kind: 'bind'; readonly node: string }
  /** A volume must be made on this node first. */
  | { readonly kind: 'volume'; readonly node: string; readonly claims: readonly ClaimView[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'unschedulable'; readonly message: string };

interface MutableView extends NodeView {
  used: Amounts;
  readonly pods: Pod[];
}

const viewsOf = (api: LabApi): MutableView[] => {
  const views = new Map(
    all(api, 'nodes').map((node): [string, MutableView] => [
      node.metadata.name,
      { node, room: allocatable(node), used: new Map(), pods: [] },
    ]),
  );
  for (const pod of all(api, 'pods')) if (!isFinished(pod)) occupy(views.get(pod.spec.nodeName ?? ''), pod);
  return [...views.values()];
};

const occupy = (view: MutableView | undefined, pod: Pod): void => {
  if (!view) return;
  view.used = plus(view.used, podRequests(pod));
  view.pods.push(pod);
};

interface Blocked {
  readonly blocked: string;
}

const claimView = (api: LabApi, namespace: string | undefined, name: string): ClaimView | Blocked => {
  const claim = one(api, 'persistentvolumeclaims', namespace, name);
  if (!claim) return { blocked: `persistentvolumeclaim "${name}" not found` };
  if (isDeleting(claim)) return { blocked: `persistentvolumeclaim "${name}" is being deleted` };
  const bound = claim.status?.phase === 'Bound' && claim.spec.volumeName;
  const volume = bound ? one(api, 'persistentvolumes', undefined, bound) : undefined;
  const storage = one(api, 'storageclasses.storage.k8s.io', undefined, claim.spec.storageClassName ?? '');
  if (!volume && !waitsForConsumer(storage)) return { blocked: 'pod has unbound immediate PersistentVolumeClaims' };
  return { claim, volume, selectedNode: claim.metadata.annotations?.[SELECTED_NODE] };
};

/** The claims of a pod, or why it must wait for them. */
const claimsOf = (api: LabApi, pod: Pod): readonly ClaimView[] | Blocked => {
  const views: ClaimView[] = [];
  for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
    if (!persistentVolumeClaim) continue;
    const view = claimView(api, pod.metadata.namespace, persistentVolumeClaim.claimName);
    if ('blocked' in view) return view;
    views.push(view);
  }
  return views;
};

/** `0/8 nodes are available: 1 Insufficient memory, 7 node(s) were unschedulable.` */
const explain = (pod: Pod, views: readonly NodeView[], reasons: readonly (readonly string[])[]): string => {
  const counts = new Map<string, number>();
  for (const reason of reasons.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const total = views.length;
  if (total === 0) return 'no nodes available to schedule pods';
  const lines = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const helped = views.filter((view, index) => couldMakeRoom(pod, view, reasons[index] ?? [])).length;
  const preemption = [
    ...(helped > 0 ? [`${helped} No preemption victims found for incoming pod`] : []),
    ...(helped < total ? [`${total - helped} Preemption is not helpful for scheduling`] : []),
  ].join(', ');
  const none = `0/${total} nodes are available: `;
  return `${none}${lines.join(', ')}. no new claims to deallocate, preemption: ${none}${preemption}.`;
};

/** Only what other pods take up could be freed by removing them. */
const couldMakeRoom = (pod: Pod, { room }: NodeView, reasons: readonly string[]): boolean =>
  reasons.every((reason) => {
    if (reason.startsWith('Insufficient ')) {
      const name = reason.slice('Insufficient '.length);
      return (podRequests(pod).get(name) ?? 0) <= (room.get(name) ?? 0);
    }
    return /^Too many pods|free ports|anti-affinity/.test(reason);
  });

const judge = (api: LabApi, pod: Pod, views: readonly NodeView[]): Verdict => {
  const claims = claimsOf(api, pod);
  if ('blocked' in claims)
    return {
      kind: 'unschedulable',
      message: `0/${views.length} nodes are available: ${claims.blocked}. not found`,
    };
  const context: FilterContext = { nodes: views, claims };
  const reasons = views.map((view) => refusals(pod, view, context));
  const [best] = ranked(
    pod,
    views.filter((_, index) => reasons[index]?.length === 0),
  );
  if (!best) return { kind: 'unschedulable', message: explain(pod, views, reasons) };
  const node = best.node.metadata.name;
  const open = claims.filter(({ volume }) => !volume);
  if (open.length === 0) return { kind: 'bind', node };
  const unasked = open.filter(({ selectedNode }) => selectedNode === undefined);
  return unasked.length === 0 ? { kind: 'wait' } : { kind: 'volume', node, claims: unasked };
};

const bind = (api: LabApi, pod: Pod, nodeName: string): void => {
  // Condition PodScheduled follows with the first status that the kubelet writes.
  const bound = tolerate(() => api.update('pods', { ...pod, spec: { ...pod.spec, nodeName } }, MANAGER));
  if (!bound) return;
  const { namespace, name } = pod.metadata;
  api.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`, NAME);
};

const askForVolumes = (api: LabApi, claims: readonly ClaimView[], node: string): void => {
  for (const { claim } of claims) {
    const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: node };
    const asked = { ...claim, metadata: { ...claim.metadata, annotations } };
    tolerate(() => api.update('persistentvolumeclaims', asked, MANAGER));
  }
};

const refuse = (api: LabApi, pod: Pod, message: string, retry: boolean): void => {
  const before = conditionOf(pod.status, 'PodScheduled');
  if (before?.message === message && !retry) return;
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const;
  const conditions = withCondition(pod.status?.conditions, condition, api.now());
  writeStatus(api, 'pods', pod, { ...pod.status, conditions }, MANAGER);
  api.event(pod, 'Warning', 'FailedScheduling', message, NAME);
};

const byPriority = (a: Pod, b: Pod): number =>
  (b.spec.priority ?? 0) - (a.spec.priority ?? 0) ||
  a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
  `${a.metadata.namespace}/${a.metadata.name}`.localeCompare(`${b.metadata.namespace}/${b.metadata.name}`);

/** Puts pods on nodes: what does not fit is filtered out, the emptiest node wins, ties go to the first name. */
export const createScheduler = (): LoopController => {
  let retryAt: Date | undefined;
  const schedule = (api: LabApi): Date | undefined => {
    const waiting = all(api, 'pods').filter(
      (pod) => !pod.spec.nodeName && !isDeleting(pod) && (pod.spec.schedulerName ?? NAME) === NAME,
    );
    if (waiting.length === 0) return undefined;
    const retry = retryAt !== undefined && retryAt <= api.now();
    const views = viewsOf(api);
    let refused = false;
    for (const pod of [...waiting].sort(byPriority)) {
      const verdict = judge(api, pod, views);
      if (verdict.kind === 'bind') {
        bind(api, pod, verdict.node);
        occupy(
          views.find(({ node }) => node.metadata.name === verdict.node),
          pod,
        );
      } else if (verdict.kind === 'volume') askForVolumes(api, verdict.claims, verdict.node);
      else if (verdict.kind === 'unschedulable') {
        refuse(api, pod, verdict.message, retry);
        refused = true;
      }
    }
    if (!refused) return undefined;
    return retryAt && !retry ? retryAt : after(api.now(), RETRY_MS);
  };
  return {
    name: NAME,
    watches: ['pods', 'nodes', 'persistentvolumeclaims', 'persistentvolumes', 'storageclasses.storage.k8s.io'],
    reconcile(api) {
      retryAt = schedule(api);
      return retryAt;
    },
  };
};
