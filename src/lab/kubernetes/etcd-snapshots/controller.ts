import type { LabApi, LooseObject } from '../controller.ts';
import { parseCron } from '../controllers/cron-schedule.ts';
import { all } from '../controllers/kinds.ts';
import type { LoopController } from '../controllers/loop.ts';
import { attemptCreate, safeHash, timestamp, tolerate } from '../controllers/support.ts';
import type { EtcdSnapshotPlan } from './facts.ts';

const RESOURCE = 'etcdsnapshotfiles.k3s.cattle.io';
const FOLDER = 'file:///var/lib/rancher/k3s/server/db/snapshots';
/** So far back due times are looked for: five of any schedule that makes sense lie in it. */
const LOOK_BACK_MS = 7 * 86_400_000;

/** Publishes the snapshots that the servers of k3s keep: one object for each file and one for each copy in S3. */
export const createEtcdSnapshotController = (plan: EtcdSnapshotPlan | undefined): LoopController => ({
  name: 'k3s-etcd-snapshot',
  watches: plan === undefined ? [] : ['nodes', 'customresourcedefinitions.apiextensions.k8s.io'],
  reconcile(api) {
    if (plan === undefined || !isInstalled(api)) return undefined;
    const schedule = parseCron(plan.schedule);
    if (schedule === undefined) return undefined;
    const wanted = new Map(
      dueTimes(schedule, plan, api.now()).flatMap((due) =>
        serversOf(api, due).flatMap((server) => filesOf(server, due, plan)),
      ),
    );
    for (const { metadata } of api.list(RESOURCE))
      if (!wanted.has(metadata.name)) tolerate(() => api.delete(RESOURCE, undefined, metadata.name, {}));
    for (const [name, file] of wanted) if (!api.get(RESOURCE, undefined, name)) publish(api, name, file, plan);
    return schedule.next(api.now());
  },
});

const isInstalled = (api: LabApi): boolean =>
  api.get('customresourcedefinitions.apiextensions.k8s.io', undefined, RESOURCE) !== undefined;

function dueTimes(
  schedule: NonNullable<ReturnType<typeof parseCron>>,
  { retain, stoppedAt }: EtcdSnapshotPlan,
  now: Date,
): readonly Date[] {
  const end = stoppedAt !== undefined && stoppedAt < now ? stoppedAt : now;
  const times: Date[] = [];
  for (let due = schedule.next(new Date(+end - LOOK_BACK_MS)); due && due <= end; due = schedule.next(due))
    times.push(due);
  return times.slice(-retain);
}

const serversOf = (api: LabApi, due: Date): readonly string[] =>
  all(api, 'nodes')
    .filter(
      ({ metadata }) =>
        metadata.labels?.['node-role.kubernetes.io/etcd'] !== undefined && new Date(metadata.creationTimestamp) < due,
    )
    .map(({ metadata }) => metadata.name);

interface SnapshotFile {
  readonly spec: LooseObject;
  readonly due: Date;
}

/** Name of the object -> the file; named as k3s names them. */
function filesOf(server: string, due: Date, { s3 }: EtcdSnapshotPlan): readonly (readonly [string, SnapshotFile])[] {
  const snapshotName = `etcd-snapshot-${server}-${Math.floor(+due / 1000)}`;
  const file = (where: 'local' | 's3', nodeName: string, location: string, more: object = {}) => {
    const name = `${where}-${snapshotName}-${safeHash(`${where} ${location}`, 6)}`;
    const spec = { snapshotName, nodeName, location, ...more };
    return [
      name,
      { spec: { apiVersion: 'k3s.cattle.io/v1', kind: 'ETCDSnapshotFile', metadata: { name }, spec }, due },
    ] as const;
  };
  if (s3 === undefined) return [file('local', server, `${FOLDER}/${snapshotName}`)];
  const key = s3.folder === '' ? snapshotName : `${s3.folder}/${snapshotName}`;
  return [
    file('local', server, `${FOLDER}/${snapshotName}`),
    file('s3', 's3', `s3://${s3.bucket}/${key}`, {
      s3: { endpoint: s3.endpoint, bucket: s3.bucket, ...(s3.folder !== '' && { prefix: s3.folder }) },
    }),
  ];
}

function publish(api: LabApi, name: string, { spec, due }: SnapshotFile, { sizeBytes }: EtcdSnapshotPlan): void {
  attemptCreate(api, RESOURCE, spec);
  const made = api.get(RESOURCE, undefined, name);
  if (made === undefined) return;
  const status = { size: String(sizeBytes), creationTime: timestamp(due), readyToUse: true };
  tolerate(() => api.updateStatus(RESOURCE, { ...made, status }, 'k3s'));
}
