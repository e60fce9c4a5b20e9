import type { LabApi } from '../controller.ts';
import { type Node, one } from '../controllers/kinds.ts';
import { attemptCreate, conditionOf, safeHash, writeStatus } from '../controllers/support.ts';
import type { KubeJson } from '../json.ts';
import { longhornObject } from './definitions.ts';
import type { LonghornPlan } from './facts.ts';
import { longhornList } from './kinds.ts';

export const DRIVER = 'driver.longhorn.io';
export const ZONE = 'topology.kubernetes.io/zone';

export const isReady = (node: Node): boolean => conditionOf(node.status, 'Ready')?.status === 'True';

/** A node object for each node whose CSI plugin is registered; none is taken away with its node, as upstream. */
export function keepNodes(api: LabApi, plan: LonghornPlan): void {
  for (const csi of api.list('csinodes.storage.k8s.io'))
    if (hasDriver(csi) && !api.get('nodes.longhorn.io', plan.namespace, csi.metadata.name))
      createNode(api, plan, csi.metadata.name);
  for (const node of longhornList(api, 'nodes.longhorn.io')) {
    const core = one(api, 'nodes', undefined, node.metadata.name);
    const status = core !== undefined && isReady(core) ? 'True' : 'False';
    const reason = core === undefined ? 'KubernetesNodeGone' : status === 'False' ? 'KubernetesNodeNotReady' : '';
    const conditions = [{ type: 'Ready', status, reason, message: '' }];
    writeStatus(api, 'nodes.longhorn.io', node, { conditions, zone: core?.metadata.labels?.[ZONE] ?? '' });
  }
}

function hasDriver(csi: KubeJson): boolean {
  const { drivers } = csi['spec'] as { drivers?: readonly { name: string }[] }; // of the API's own schema
  return drivers?.some(({ name }) => name === DRIVER) === true;
}

function createNode(api: LabApi, plan: LonghornPlan, name: string): void {
  const disk = { path: '/var/lib/longhorn/', diskType: 'filesystem', allowScheduling: true, evictionRequested: false };
  const spec = {
    name,
    allowScheduling: !plan.closed.includes(name),
    evictionRequested: false,
    disks: { [`default-disk-${safeHash(name, 12)}`]: { ...disk, storageReserved: 0, tags: [] } },
    tags: [],
  };
  attemptCreate(api, 'nodes.longhorn.io', longhornObject('Node', plan, name, { spec }));
}
