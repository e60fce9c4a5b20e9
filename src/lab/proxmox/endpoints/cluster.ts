import { type Call, type Endpoint, right } from '../endpoint.ts';
import { failure, invalid } from '../fault.ts';
import { nameOf } from '../guest-config.ts';
import { oneOf, vmid } from '../parameter.ts';
import { guestRow, nodeRow, secondsOf, statusRows, storageRow } from '../rows.ts';
import type { BackupJobState, GuestState } from '../state.ts';
import { taskRow } from './tasks.ts';

const AUDIT = right('/', 'Sys.Audit');

export const mayAudit = ({ caller }: Call, guest: GuestState): boolean => caller.has(`/vms/${guest.vmid}`, 'VM.Audit');
export const mayStore = ({ caller }: Call, storage: string): boolean =>
  ['Datastore.Audit', 'Datastore.AllocateSpace'].some((each) => caller.has(`/storage/${storage}`, each));

/** What the caller may not see is left out without a word. */
function resources(call: Call): unknown {
  const { cluster, params } = call;
  const { guests, nodes, storages } = cluster.state;
  const type = params.get('type');
  const wants = (kind: string): boolean => type === undefined || type === kind;
  return [
    ...(wants('vm')
      ? [...guests.values()].filter((guest) => mayAudit(call, guest)).map((guest) => guestRow(cluster, guest))
      : []),
    ...(wants('node') ? [...nodes.values()].map((node) => nodeRow(cluster, node)) : []),
    ...(wants('storage')
      ? [...storages.values()]
          .filter(({ name }) => mayStore(call, name))
          .flatMap((storage) => storage.nodes.map((node) => storageRow(cluster, storage, node)))
      : []),
  ];
}

/** Says which one is free now; it reserves nothing. Configurations of nodes that are down count as well. */
function nextId({ cluster, params }: Call): string {
  const { guests } = cluster.state;
  const asked = params.get('vmid');
  if (asked === undefined) {
    for (let id = 100; id < 1_000_000_000; id += 1) if (!guests.has(id)) return String(id);
    throw failure('unable to get any free VMID in range [100, 1000000]');
  }
  if (guests.has(Number(asked))) throw invalid({ vmid: `VM ${asked} already exists` });
  return asked;
}

const jobRow = (job: BackupJobState): Record<string, unknown> => ({
  id: job.id,
  type: 'vzdump',
  enabled: job.enabled ? 1 : 0,
  schedule: job.schedule,
  storage: job.storage,
  mode: job.mode,
  'next-run': secondsOf(job.nextAt),
  ...(job.all ? { all: 1 } : { vmid: job.guests.join(',') }),
  ...(job.exclude.length > 0 && { exclude: job.exclude.join(',') }),
});

const covers = ({ all, guests, exclude }: BackupJobState, id: number): boolean =>
  all ? !exclude.includes(id) : guests.includes(id);

/** In no job at all: a job that is switched off counts as one, as it does in the real answer. */
const notBackedUp = (call: Call): unknown =>
  [...call.cluster.state.guests.values()]
    .filter((guest) => mayAudit(call, guest) && !call.cluster.state.jobs.some((job) => covers(job, guest.vmid)))
    .map((guest) => ({ vmid: guest.vmid, name: nameOf(guest), type: guest.type }));

const replicationJobs = (call: Call): unknown =>
  call.cluster.state.replication
    .filter(({ guest }) => call.caller.has(`/vms/${guest}`, 'VM.Audit'))
    .map(({ id, guest, target, schedule }) => ({
      id,
      guest,
      target,
      schedule,
      type: 'local',
      jobnum: Number(id.split('-')[1] ?? 0),
    }));

/** The last ones of the whole cluster, as its nodes tell each other. */
const clusterTasks = (call: Call): unknown =>
  call.cluster.state.tasks
    .filter(({ node, user }) => user === call.caller.user || call.caller.has(`/nodes/${node}`, 'Sys.Audit'))
    .slice(-25)
    .reverse()
    .map((task) => ({ ...taskRow(task), saved: task.endedAt === undefined ? '0' : '1' }));

const get = (path: string, access: Endpoint['right'], run: Endpoint['run'], params = {}): Endpoint => ({
  method: 'GET',
  path,
  right: access,
  params,
  run,
});

export const clusterEndpoints: readonly Endpoint[] = [
  get('/cluster/status', AUDIT, ({ cluster, entry }) => statusRows(cluster.state, entry)),
  get('/cluster/resources', 'all', resources, { type: oneOf('vm', 'storage', 'node', 'sdn') }),
  get('/cluster/nextid', 'all', nextId, { vmid }),
  get('/cluster/tasks', 'all', clusterTasks),
  get('/cluster/backup', AUDIT, ({ cluster }) => cluster.state.jobs.map(jobRow)),
  get('/cluster/backup-info/not-backed-up', AUDIT, notBackedUp),
  get('/cluster/replication', 'all', replicationJobs),
];
