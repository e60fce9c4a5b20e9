import type { LabApi } from '../controller.ts';
import { all, one } from '../controllers/kinds.ts';
import { MANAGER, timestamp, tolerate, writeStatus } from '../controllers/support.ts';
import type { LonghornPlan } from './facts.ts';
import { type LonghornReplica, type LonghornVolume, longhornList, type VolumeStatus } from './kinds.ts';
import { isReady } from './nodes.ts';
import { type Backed, backedVolumes } from './volumes.ts';

/** Time a replica needs to catch up once its node is back. */
const REBUILD_MS = 120_000;

/**
 * Lets the replicas of attached volumes follow their nodes, and the volumes their replicas. A replica is rebuilt where it
 * was: the lab makes no new ones elsewhere. Returns when a rebuild ends.
 */
export function followNodes(api: LabApi, plan: LonghornPlan): Date | undefined {
  const attached = attachments(api);
  const replicas = Map.groupBy(longhornList(api, 'replicas.longhorn.io'), ({ spec }) => spec.volumeName);
  const claims = new Map(backedVolumes(api).map((each) => [each.handle, each]));
  const moments: number[] = [];
  for (const volume of longhornList(api, 'volumes.longhorn.io')) {
    const backed = claims.get(volume.metadata.name);
    const node = backed && attached.get(backed.volume.metadata.name);
    const fault = plan.volumes.get(backed?.claim ?? '')?.failed;
    const own = (replicas.get(volume.metadata.name) ?? []).map((replica) => {
      const { next, wakeAt } = stepOf(api, replica, { node, fault });
      if (wakeAt !== undefined) moments.push(+wakeAt);
      return next;
    });
    if (fault !== undefined && fault.at > api.now()) moments.push(+fault.at);
    if (backed !== undefined) reportVolume(api, volume, backed, { node, own });
  }
  return moments.length === 0 ? undefined : new Date(Math.min(...moments));
}

/** Persistent volume -> the node it is attached to. */
const attachments = (api: LabApi): ReadonlyMap<string, string> =>
  new Map(
    all(api, 'volumeattachments.storage.k8s.io').flatMap((object) => {
      // of the API's own schema
      const spec = object['spec'] as { nodeName: string; source?: { persistentVolumeName?: string } };
      const status = object['status'] as { attached?: boolean } | undefined;
      const name = spec.source?.persistentVolumeName;
      return name !== undefined && status?.attached === true ? [[name, spec.nodeName] as const] : [];
    }),
  );

interface Around {
  readonly node: string | undefined;
  readonly fault: { readonly on: string; readonly at: Date } | undefined;
}

/** One step in the life of a replica: it fails with its node, comes back with it, and has caught up after a while. */
function stepOf(api: LabApi, replica: LonghornReplica, around: Around): Step {
  const isBroken = around.fault?.on === replica.spec.nodeID && around.fault.at <= api.now();
  const core = one(api, 'nodes', undefined, replica.spec.nodeID);
  const isUp = core !== undefined && isReady(core) && !isBroken;
  return isUp ? stepUp(api, replica, around) : stepDown(api, replica, around.node !== undefined || isBroken);
}

interface Step {
  readonly next: LonghornReplica;
  readonly wakeAt?: Date;
}

/** Nobody sees a replica of a volume at rest fail. */
function stepDown(api: LabApi, replica: LonghornReplica, isSeen: boolean): Step {
  if (replica.spec.failedAt !== '') return { next: written(api, replica, {}, 'error') };
  return { next: isSeen ? written(api, replica, { failedAt: timestamp(api.now()) }, 'error') : replica };
}

function stepUp(api: LabApi, replica: LonghornReplica, { node }: Around): Step {
  const { spec } = replica;
  const now = timestamp(api.now());
  if (spec.failedAt !== '') {
    const next = written(api, replica, { failedAt: '', healthyAt: '', rebuildStartedAt: now }, 'running');
    return { next, wakeAt: new Date(+api.now() + REBUILD_MS) };
  }
  if (spec.healthyAt !== '') return { next: written(api, replica, {}, node === undefined ? 'stopped' : 'running') };
  const end = new Date(Date.parse(spec.rebuildStartedAt ?? now) + REBUILD_MS);
  if (end > api.now()) return { next: replica, wakeAt: end };
  return { next: written(api, replica, { healthyAt: now }, 'running') };
}

function written(
  api: LabApi,
  replica: LonghornReplica,
  change: Partial<LonghornReplica['spec']>,
  currentState: string,
): LonghornReplica {
  const next: LonghornReplica = { ...replica, spec: { ...replica.spec, ...change } };
  if (Object.keys(change).length > 0) tolerate(() => api.update('replicas.longhorn.io', next, MANAGER));
  writeStatus(api, 'replicas.longhorn.io', next, { ...replica.status, currentState, conditions: [] });
  return next;
}

interface Look {
  readonly node: string | undefined;
  readonly own: readonly LonghornReplica[];
}

function robustnessOf({ spec }: LonghornVolume, { node, own }: Look): string {
  const complete = own.filter((replica) => replica.spec.healthyAt !== '' && replica.spec.failedAt === '').length;
  if (complete === 0) return 'faulted';
  if (node === undefined) return 'unknown';
  return complete < spec.numberOfReplicas ? 'degraded' : 'healthy';
}

function reportVolume(api: LabApi, volume: LonghornVolume, backed: Backed, look: Look): void {
  const robustness = robustnessOf(volume, look);
  const before = volume.status ?? {};
  const hasJustFallen = robustness === 'degraded' && before.robustness !== 'degraded';
  const status: VolumeStatus = {
    ...before,
    state: look.node === undefined ? 'detached' : 'attached',
    robustness,
    currentNodeID: look.node ?? '',
    kubernetesStatus: kubernetesStatusOf(backed),
    conditions: [{ type: 'Scheduled', status: 'True', reason: '', message: '' }],
    lastDegradedAt: hasJustFallen ? timestamp(api.now()) : (before.lastDegradedAt ?? ''),
  };
  if (before.robustness !== undefined && before.robustness !== robustness) tell(api, volume, robustness);
  writeStatus(api, 'volumes.longhorn.io', volume, status);
}

function kubernetesStatusOf({ volume, claim }: Backed): NonNullable<VolumeStatus['kubernetesStatus']> {
  const [namespace = '', pvcName = ''] = claim.split('/');
  return {
    pvName: volume.metadata.name,
    pvStatus: volume.status?.phase ?? '',
    namespace,
    pvcName,
    lastPVCRefAt: '',
    lastPodRefAt: '',
    workloadsStatus: null,
  };
}

function tell(api: LabApi, volume: LonghornVolume, robustness: string): void {
  const reason = `${robustness.slice(0, 1).toUpperCase()}${robustness.slice(1)}`;
  const message = `volume ${volume.metadata.name} became ${robustness}`;
  api.event(volume, 'Normal', reason, message, 'longhorn-volume-controller');
}
