import type { LabApi } from '../../controller.ts';
import { all, type Condition, type Node } from '../kinds.ts';
import type { LoopController } from '../loop.ts';
import { after, conditionOf, earliest, MINUTE, SECOND, timestamp, withCondition, writeStatus } from '../support.ts';

const NAME = 'node-controller';
/** A kubelet that has not been heard of for this long counts as lost (node-monitor-grace-period). */
const GRACE_MS = 50 * SECOND;
const HEARTBEAT_MS = 5 * MINUTE;
const LOST = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' } as const;

const HEALTHY: readonly Condition[] = [
  {
    type: 'MemoryPressure',
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  {
    type: 'DiskPressure',
    status: 'False',
    reason: 'KubeletHasNoDiskPressure',
    message: 'kubelet has no disk pressure',
  },
  {
    type: 'PIDPressure',
    status: 'False',
    reason: 'KubeletHasSufficientPID',
    message: 'kubelet has sufficient PID available',
  },
  { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
];

/** The conditions of a node whose kubelet is well. */
export const healthyConditions = (now: Date): readonly Condition[] =>
  HEALTHY.map((condition) => ({ ...condition, lastHeartbeatTime: timestamp(now), lastTransitionTime: timestamp(now) }));

const write = (api: LabApi, node: Node, conditions: readonly Condition[]): void => {
  const now = api.now();
  const written = conditions.reduce(
    (before, condition) => withCondition(before, condition, now),
    node.status?.conditions ?? [],
  );
  writeStatus(api, 'nodes', node, { ...node.status, conditions: written }, NAME);
};

const isLost = (node: Node): boolean => conditionOf(node.status, 'Ready')?.reason === LOST.reason;

const lose = (api: LabApi, node: Node): void => {
  write(
    api,
    node,
    HEALTHY.map(({ type }) => ({ type, status: 'Unknown', ...LOST })),
  );
  const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
  api.event(node, 'Normal', 'NodeNotReady', message, NAME);
};

const find = (api: LabApi, node: Node): void => {
  write(
    api,
    node,
    HEALTHY.map((condition) => ({ ...condition, lastHeartbeatTime: timestamp(api.now()) })),
  );
  api.event(node, 'Normal', 'NodeReady', `Node ${node.metadata.name} status is now: NodeReady`, 'kubelet');
};

const heartbeat = (api: LabApi, node: Node): Date => {
  const now = api.now();
  const last = conditionOf(node.status, 'Ready')?.['lastHeartbeatTime'];
  const due = typeof last === 'string' ? after(last, HEARTBEAT_MS) : now;
  if (due > now) return due;
  const lastHeartbeatTime = timestamp(now);
  const conditions = (node.status?.conditions ?? []).map((condition) => ({ ...condition, lastHeartbeatTime }));
  writeStatus(api, 'nodes', node, { ...node.status, conditions }, 'kubelet');
  return after(now, HEARTBEAT_MS);
};

export interface NodeStatusOptions {
  /** When a node's kubelet went silent; undefined = it has not. */
  downSince(node: string): Date | undefined;
  /** Whether kubelets report every five minutes that they are well. */
  isLive(): boolean;
}

const look = (api: LabApi, node: Node, options: NodeStatusOptions): Date | undefined => {
  const since = options.downSince(node.metadata.name);
  const lostAt = since && after(since, GRACE_MS);
  if (lostAt && lostAt > api.now()) return lostAt;
  if (lostAt && !isLost(node)) lose(api, node);
  else if (!lostAt && isLost(node)) find(api, node);
  else if (!lostAt && options.isLive() && node.status?.conditions) return heartbeat(api, node);
  return undefined;
};

/** What kubelets say of their nodes: Unknown when one has been silent for a while, Ready again when it is back. */
export const createNodeStatusController = (options: NodeStatusOptions): LoopController => ({
  name: 'node-status',
  watches: ['nodes'],
  reconcile: (api) => earliest(...all(api, 'nodes').map((node) => look(api, node, options))),
});
