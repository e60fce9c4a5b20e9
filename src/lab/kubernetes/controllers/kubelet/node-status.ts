import type { LabApi } from '../../controller.ts';
import { all, type Condition, type Node } from '../kinds.ts';
import type { LoopController } from '../loop.ts';
import { after, conditionOf, earliest, SECOND, timestamp, withCondition, writeStatus } from '../support.ts';

const NAME = 'node-controller';
/** A kubelet that has not been heard of for this long counts as lost (node-monitor-grace-period). */
const GRACE_MS = 50 * SECOND;
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

/** Marks nodes whose kubelet went silent (`downSince`) as Unknown after a grace, and Ready again when it is back. */
export const createNodeStatusController = (downSince: (node: string) => Date | undefined): LoopController => ({
  name: 'node-status',
  watches: ['nodes'],
  reconcile(api) {
    return earliest(
      ...all(api, 'nodes').map((node) => {
        const since = downSince(node.metadata.name);
        const lostAt = since && after(since, GRACE_MS);
        if (lostAt && lostAt > api.now()) return lostAt;
        if (lostAt && !isLost(node)) lose(api, node);
        if (!lostAt && isLost(node)) find(api, node);
        return undefined;
      }),
    );
  },
});
