import type { LabApi } from '../../controller.ts';
import { all, type Node, type Pod, type PodStatus } from '../kinds.ts';
import type { LoopController } from '../loop.ts';
import { after, earliest, isDeleting, isFinished, MINUTE, SECOND, tolerate, writeStatus } from '../support.ts';
import type { EventDraft, KubeletMemory, KubeletTiming } from './container-status.ts';
import type { ImageTable } from './images.ts';
import { stepPod } from './pod.ts';
import { environmentProblem, mountProblem } from './volumes.ts';

const NAME = 'kubelet';
/** A mount that does not work is reported again after this time. */
const MOUNT_RETRY_MS = 2 * MINUTE;

export interface KubeletOptions {
  readonly images: ImageTable;
  readonly timing: KubeletTiming;
  /** Its kubelet does not answer: nothing happens to its pods. */
  isDown(node: string): boolean;
  /** A fault of a scenario that keeps a volume of this pod from being mounted. */
  volumeFault(pod: Pod): EventDraft | undefined;
}

interface State {
  readonly options: KubeletOptions;
  readonly memory: KubeletMemory;
  /** Pods as they were at the last look, and when to look again (ms; Infinity = when they change). */
  readonly seen: WeakMap<Pod, number>;
  /** Pods that wait for a volume -> when that was last reported. */
  readonly blocked: Map<string, Date>;
  readonly stopping: Set<string>;
  /** Somebody waits for a ConfigMap or Secret. */
  waitsForConfig: boolean;
}

const addressOf = (node: Node): string =>
  node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '127.0.0.1';

/** The first address of the node's pod network that no other pod has. */
const freeIp = (node: Node, pods: readonly Pod[]): string => {
  const [a = '10', b = '42', c = '0'] = (node.spec?.podCIDR ?? '10.42.0.0/24').split('.');
  const used = new Set(pods.filter((pod) => !isFinished(pod)).map(({ status }) => status?.podIP));
  for (let host = 2; ; host += 1) {
    const ip = `${a}.${b}.${Number(c) + (host >> 8)}.${host & 255}`;
    if (!used.has(ip)) return ip;
  }
};

const report = (api: LabApi, pod: Pod, events: readonly EventDraft[]): void => {
  for (const { type, reason, message } of events) api.event(pod, type, reason, message, NAME);
};

/** Ends a pod that is being deleted when its time has come; returns when that is. */
const stop = (api: LabApi, state: State, pod: Pod): Date | undefined => {
  const { uid, name, namespace, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === 0) return undefined;
  if (!state.stopping.has(uid)) {
    state.stopping.add(uid);
    for (const container of pod.spec.containers)
      api.event(pod, 'Normal', 'Killing', `Stopping container ${container.name}`, NAME);
  }
  const began = after(deletionTimestamp, -deletionGracePeriodSeconds * SECOND);
  const endsAt = after(began, Math.min(state.options.timing.stopMs, deletionGracePeriodSeconds * SECOND));
  if (endsAt > api.now()) return endsAt;
  state.stopping.delete(uid);
  tolerate(() => api.delete('pods', namespace, name, { graceSeconds: 0, uid }));
  return undefined;
};

/** Whether volumes keep the pod waiting; says so in an event, at first and every two minutes. */
const isBlocked = (api: LabApi, state: State, pod: Pod): boolean => {
  if (pod.status?.phase !== 'Pending' && pod.status?.phase !== undefined) return false;
  const { uid } = pod.metadata;
  const missing = mountProblem(api, pod);
  const problem = missing ?? state.options.volumeFault(pod);
  if (!problem) {
    state.blocked.delete(uid);
    return false;
  }
  if (missing) state.waitsForConfig = true;
  const last = state.blocked.get(uid);
  if (!last || after(last, MOUNT_RETRY_MS) <= api.now()) {
    state.blocked.set(uid, api.now());
    report(api, pod, [problem]);
  }
  return true;
};

const addressFor = (api: LabApi, pod: Pod, node: Node): string =>
  pod.status?.podIP ?? (pod.spec.hostNetwork ? addressOf(node) : freeIp(node, podsOn(api, node)));

const lacksConfig = ({ containerStatuses = [] }: PodStatus): boolean =>
  containerStatuses.some(({ state: { waiting } }) => waiting?.reason === 'CreateContainerConfigError');

const look = (api: LabApi, state: State, pod: Pod, node: Node): Date | undefined => {
  if (isDeleting(pod)) return stop(api, state, pod);
  if (isFinished(pod)) return undefined;
  const blocked = isBlocked(api, state, pod);
  const hostIp = addressOf(node);
  const { images, timing } = state.options;
  const step = stepPod({
    now: api.now(),
    pod,
    node: node.metadata.name,
    architecture: node.status?.nodeInfo?.architecture || 'amd64',
    images,
    timing,
    memory: state.memory,
    configError: (container) => environmentProblem(api, pod, container),
    hostIp,
    podIp: addressFor(api, pod, node),
    blocked,
  });
  if (lacksConfig(step.status)) state.waitsForConfig = true;
  report(api, pod, step.events);
  writeStatus(api, 'pods', pod, step.status, NAME);
  const last = state.blocked.get(pod.metadata.uid);
  return earliest(step.wakeAt, blocked && last ? after(last, MOUNT_RETRY_MS) : undefined);
};

const forget = (state: State, uid: string): void => {
  state.blocked.delete(uid);
  state.stopping.delete(uid);
  for (const key of state.memory.pulls.keys()) if (key.startsWith(uid)) state.memory.pulls.delete(key);
  for (const key of state.memory.pulling.keys()) if (key.startsWith(uid)) state.memory.pulling.delete(key);
};

const lookAtNode = (
  api: LabApi,
  state: State,
  node: Node,
  refresh: boolean,
  pods: readonly Pod[],
): Date | undefined => {
  const now = +api.now();
  const moments: number[] = [];
  for (const pod of pods) {
    const known = state.seen.get(pod);
    const due = known === undefined || known <= now || (refresh && pod.status?.phase === 'Pending');
    const wakeAt = due ? look(api, state, pod, node) : undefined;
    const next = due ? (wakeAt ? +wakeAt : Number.POSITIVE_INFINITY) : known;
    if (due) state.seen.set(pod, next);
    moments.push(next);
  }
  const first = Math.min(...moments);
  return Number.isFinite(first) ? new Date(first) : undefined;
};

const podsOn = (api: LabApi, node: Node): readonly Pod[] =>
  all(api, 'pods').filter(({ spec }) => spec.nodeName === node.metadata.name);

/** The kubelets of all nodes: start, restart and end containers, and report them in the pods' status. */
export const createKubelet = (options: KubeletOptions): LoopController => {
  const state: State = {
    options,
    memory: { pulled: new Set(), pulls: new Map(), pulling: new Map() },
    seen: new WeakMap(),
    blocked: new Map(),
    stopping: new Set(),
    waitsForConfig: false,
  };
  return {
    name: NAME,
    watches: ['pods', 'nodes', 'configmaps', 'secrets'],
    wants: ({ resource, type, object }) => {
      if (resource === 'configmaps' || resource === 'secrets') return state.waitsForConfig && type !== 'DELETED';
      if (resource === 'nodes') return true;
      if (type === 'DELETED') forget(state, object.metadata.uid);
      return type !== 'DELETED' && (object as Pod).spec.nodeName !== undefined;
    },
    reconcile(api) {
      const refresh = state.waitsForConfig;
      state.waitsForConfig = false;
      const byNode = new Map<string, Pod[]>();
      for (const pod of all(api, 'pods')) {
        const name = pod.spec.nodeName ?? '';
        const group = byNode.get(name);
        if (group) group.push(pod);
        else byNode.set(name, [pod]);
      }
      return earliest(
        ...all(api, 'nodes')
          .filter(({ metadata }) => !options.isDown(metadata.name))
          .map((node) => lookAtNode(api, state, node, refresh, byNode.get(node.metadata.name) ?? [])),
      );
    },
  };
};
