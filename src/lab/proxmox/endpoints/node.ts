import { type Call, count, type Endpoint, flag, NODE, of, right } from '../endpoint.ts';
import { failure } from '../fault.ts';
import { isOn } from '../guest-config.ts';
import { bool, like, node, oneOf, required, storage, text, vmid } from '../parameter.ts';
import { guestStatus, nodeRow, nodeStorageRow, secondsOf } from '../rows.ts';
import { diskRow, smartOf } from '../smart.ts';
import type { GuestType, NodeState, ReplicationState, VolumeState } from '../state.ts';
import { placeOf, storageAt } from '../volumes.ts';
import { mayAudit, mayStore } from './cluster.ts';

const AUDIT = right('/nodes/{node}', 'Sys.Audit');
const STORE = right('/storage/{storage}', 'Datastore.Audit', 'Datastore.AllocateSpace');

export function nodeOf(call: Call): NodeState {
  const found = call.cluster.state.nodes.get(of(call, 'node'));
  if (!found) throw failure(`no such cluster node '${of(call, 'node')}'`);
  return found;
}

function status(call: Call): unknown {
  const { cpu, memory, usage, bootedAt } = nodeOf(call);
  const used = Math.round(memory * usage.memory);
  const load = (cpu * usage.cpu).toFixed(2);
  return {
    pveversion: `pve-manager/${call.cluster.state.version}/0000000000000000`,
    kversion: 'Linux 6.17.4-2-pve #1 SMP PREEMPT_DYNAMIC',
    uptime: secondsOf(call.cluster.time.now() - bootedAt),
    cpu: usage.cpu,
    wait: 0,
    loadavg: [load, load, load],
    cpuinfo: {
      cpus: cpu,
      cores: Math.ceil(cpu / 2),
      sockets: 1,
      model: 'Intel(R) Core(TM) i7-8700',
      hvm: '1',
      user_hz: 100,
    },
    memory: { total: memory, used, free: memory - used },
    swap: { total: 0, used: 0, free: 0 },
    rootfs: { total: 100e9, used: 12e9, free: 88e9, avail: 88e9 },
  };
}

/** It goes down with its guests and comes back with those that start at boot. */
function power(call: Call): null {
  const { cluster } = call;
  const { name } = nodeOf(call);
  const { shutdownMs, bootMs } = cluster.timing;
  cluster.time.after(shutdownMs, () => cluster.setNodeOnline(name, false));
  if (of(call, 'command') === 'reboot')
    cluster.time.after(shutdownMs + bootMs, () => cluster.setNodeOnline(name, true));
  return null;
}

const guests =
  (type: GuestType) =>
  (call: Call): unknown =>
    call.cluster
      .guestsOn(nodeOf(call).name)
      .filter((guest) => guest.type === type && mayAudit(call, guest))
      .map((guest) => {
        const { ha: _, ...row } = guestStatus(call.cluster, guest);
        return isOn(guest, 'template') ? { ...row, pid: null } : row;
      });

function storages(call: Call): unknown {
  const at = nodeOf(call).name;
  const content = call.params.get('content');
  return [...call.cluster.state.storages.values()]
    .filter(({ name, nodes }) => nodes.includes(at) && mayStore(call, name))
    .filter(({ name }) => !call.params.has('storage') || call.params.get('storage') === name)
    .filter((each) => content === undefined || content.split(',').some((kind) => each.content.includes(kind)))
    .map((each) => nodeStorageRow(each, at));
}

/** Archives and disks are shown to those who may use them, not to those who may see the storage. */
function maySee({ caller }: Call, { content, vmid: id, storage: store }: VolumeState): boolean {
  if (caller.has(`/storage/${store}`, 'Datastore.Allocate')) return true;
  if (content === 'backup')
    return caller.has(`/storage/${store}`, 'Datastore.AllocateSpace') && caller.has(`/vms/${id}`, 'VM.Backup');
  return id === undefined || caller.has(`/vms/${id}`, 'VM.Config.Disk');
}

function volumes(call: Call): unknown {
  const store = storageAt(call.cluster.state, of(call, 'storage'), nodeOf(call).name);
  const place = placeOf(store, of(call, 'node'));
  const content = call.params.get('content');
  return call.cluster.state.volumes
    .filter((volume) => volume.storage === store.name && volume.node === place)
    .filter((volume) => maySee(call, volume) && (content === undefined || volume.content === content))
    .filter((volume) => !call.params.has('vmid') || volume.vmid === count(call, 'vmid', 0))
    .map((volume) => ({
      volid: volume.volid,
      content: volume.content,
      format: volume.format,
      size: volume.size,
      ctime: secondsOf(volume.at),
      ...(volume.vmid !== undefined && { vmid: volume.vmid }),
      ...(volume.protected && { protected: 1 }),
      ...(volume.verified !== undefined && { verification: { state: volume.verified, upid: '' } }),
    }));
}

const replicationRow = (call: Call, job: ReplicationState): Record<string, unknown> => ({
  id: job.id,
  guest: job.guest,
  vmtype: call.cluster.state.guests.get(job.guest)?.type ?? 'qemu',
  jobnum: Number(job.id.split('-')[1] ?? 0),
  type: 'local',
  source: of(call, 'node'),
  target: job.target,
  schedule: job.schedule,
  last_sync: secondsOf(job.lastSyncAt),
  last_try: secondsOf(job.lastSyncAt),
  next_sync: secondsOf(job.lastSyncAt) + 900,
  duration: 4.2,
  fail_count: job.failCount,
  ...(job.error !== undefined && { error: job.error }),
});

const replication = (call: Call): unknown =>
  call.cluster.state.replication
    .filter(({ guest }) => call.cluster.state.guests.get(guest)?.node === of(call, 'node'))
    .filter(({ guest }) => call.caller.has(`/vms/${guest}`, 'VM.Audit'))
    .filter(({ guest }) => !call.params.has('guest') || guest === count(call, 'guest', 0))
    .map((job) => replicationRow(call, job));

function disks(call: Call): unknown {
  const free = call.params.get('type') === 'unused';
  return nodeOf(call)
    .disks.filter(({ used }) => !free || used === '')
    .map(diskRow);
}

function smart(call: Call): unknown {
  const disk = nodeOf(call).disks.find(({ device }) => device === of(call, 'disk'));
  if (!disk) throw failure(`${of(call, 'disk')} is not a disk of this node`);
  return flag(call, 'healthonly') ? { health: disk.health, type: 'ata' } : smartOf(disk);
}

/** Of its size, as LVM makes it by itself. */
const METADATA = 1 / 128;

function thinPools(call: Call): unknown {
  const name = nodeOf(call).name;
  return [...call.cluster.state.storages.values()]
    .filter(({ type, nodes }) => type === 'lvmthin' && nodes.includes(name))
    .map((pool) => {
      const metadata = Math.round(pool.size * METADATA);
      return {
        vg: 'pve',
        lv: pool.name === 'local-lvm' ? 'data' : pool.name,
        lv_size: pool.size,
        used: pool.used.get(placeOf(pool, name)) ?? 0,
        metadata_size: metadata,
        metadata_used: Math.round(metadata * pool.metadata),
      };
    });
}

const certificates = ({ fingerprint }: Call): unknown =>
  fingerprint === undefined ? [] : [{ filename: 'pve-ssl.pem', subject: '/CN=lab', fingerprint }];

const get = (path: string, access: Endpoint['right'], run: Endpoint['run'], params = {}): Endpoint => ({
  method: 'GET',
  path: `/nodes${path}`,
  right: access,
  params: path === '' ? params : { ...NODE, ...params },
  run,
});

export const nodeEndpoints: readonly Endpoint[] = [
  get('', 'all', ({ cluster }) => [...cluster.state.nodes.values()].map((each) => nodeRow(cluster, each))),
  get('/{node}/status', AUDIT, status),
  {
    method: 'POST',
    path: '/nodes/{node}/status',
    right: right('/nodes/{node}', 'Sys.PowerMgmt'),
    params: { ...NODE, command: required(oneOf('reboot', 'shutdown')) },
    run: power,
  },
  get('/{node}/qemu', 'all', guests('qemu'), { full: bool }),
  get('/{node}/lxc', 'all', guests('lxc')),
  get('/{node}/storage', 'all', storages, {
    content: text(),
    enabled: bool,
    format: bool,
    storage,
    target: node,
  }),
  get(
    '/{node}/storage/{storage}/status',
    STORE,
    (call) => nodeStorageRow(storageAt(call.cluster.state, of(call, 'storage'), of(call, 'node')), of(call, 'node')),
    {
      storage: required(storage),
    },
  ),
  get('/{node}/storage/{storage}/content', STORE, volumes, { storage: required(storage), content: text(), vmid }),
  get('/{node}/replication', 'all', replication, { guest: vmid }),
  get('/{node}/disks/list', AUDIT, disks, {
    'include-partitions': bool,
    skipsmart: bool,
    type: oneOf('unused', 'journal_disks'),
  }),
  get('/{node}/disks/smart', right('/', 'Sys.Audit'), smart, {
    disk: required(like(/^\/dev\/[a-zA-Z0-9/]+$/)),
    healthonly: bool,
  }),
  get('/{node}/disks/lvmthin', right('/', 'Sys.Audit'), thinPools),
  get('/{node}/certificates/info', 'all', certificates),
];
