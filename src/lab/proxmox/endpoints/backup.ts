import { type Call, type Endpoint, flag, NODE, of } from '../endpoint.ts';
import { failure, forbidden, invalid } from '../fault.ts';
import { disksOf } from '../guest-config.ts';
import { bool, integer, like, node, oneOf, type Parameters, storage, text, vmids } from '../parameter.ts';
import type { GuestState, StorageState } from '../state.ts';
import { WorkFault } from '../tasks.ts';
import { addVolume, archiveOf, isFull, storageAt } from '../volumes.ts';

const kindOf = ({ type }: GuestState): string => (type === 'qemu' ? 'VM' : 'CT');

/** Guests of this node that are asked for. Throws 400, 403, 500. */
function chosen(call: Call): GuestState[] {
  const { state } = call.cluster;
  const ids = of(call, 'vmid')
    .split(/[,;\s]+/)
    .filter((id) => id !== '');
  if (ids.length === 0 && !flag(call, 'all')) throw invalid({ vmid: 'property is missing and it is not optional' });
  const excluded = of(call, 'exclude').split(',');
  const wanted = ids.length > 0 ? ids : [...state.guests.keys()].map(String).filter((id) => !excluded.includes(id));
  for (const id of wanted)
    if (!call.caller.has(`/vms/${id}`, 'VM.Backup')) throw forbidden(`/vms/${id}`, ['VM.Backup']);
  return wanted.flatMap((id) => {
    const guest = state.guests.get(Number(id));
    if (!guest && ids.length > 0) throw failure(`unable to find VM '${id}'`);
    return guest && guest.node === of(call, 'node') ? [guest] : [];
  });
}

function target(call: Call): StorageState {
  const name = call.params.get('storage') ?? 'local';
  if (!call.caller.has(`/storage/${name}`, 'Datastore.AllocateSpace'))
    throw forbidden(`/storage/${name}`, ['Datastore.AllocateSpace']);
  const store = storageAt(call.cluster.state, name, of(call, 'node'));
  if (!store.content.includes('backup')) throw failure(`can't use storage '${name}' for backups - wrong content type`);
  return store;
}

/** Backs up one guest; answers the lines of its log, and whether it failed. */
function backUp(call: Call, store: StorageState, guest: GuestState, locked: string | undefined): string | undefined {
  const failed = (reason: string): string => `ERROR: Backup of ${kindOf(guest)} ${guest.vmid} failed - ${reason}`;
  if (locked !== undefined) return failed(`${kindOf(guest)} is locked (${locked})`);
  if (isFull(store, guest.node)) return failed('vma_queue_write: write error - Broken pipe');
  const size = disksOf(guest.config).reduce((sum, disk) => sum + disk.size, 0) / 8;
  const { state, time, timing } = call.cluster;
  const archive = {
    ...archiveOf(store, guest, time.now(), Math.round(size)),
    protected: flag(call, 'protected'),
  };
  addVolume(state, archive, archive.size);
  // A backup server looks at what it was given; a folder never does.
  if (store.type === 'pbs') time.after(timing.verifyMs, () => void (archive.verified = 'ok'));
  return undefined;
}

function vzdump(call: Call): string {
  const { cluster, caller } = call;
  const store = target(call);
  const guests = chosen(call);
  // A guest that something else holds is skipped with an error; the others are saved.
  const held = new Map(guests.map((guest) => [guest, guest.lock]));
  const mine = guests.filter((guest) => guest.lock === undefined);
  for (const guest of mine) guest.lock = 'backup';
  return cluster.tasks.start({
    node: of(call, 'node'),
    type: 'vzdump',
    id: guests.length === 1 ? String(guests[0]?.vmid ?? '') : '',
    user: caller.user,
    tookMs: cluster.timing.taskMs * 3 * Math.max(1, guests.length),
    log: guests.flatMap((guest) => [
      `INFO: Starting Backup of ${kindOf(guest)} ${guest.vmid} (${guest.type})`,
      `INFO: backup mode: ${call.params.get('mode') ?? 'snapshot'}`,
    ]),
    release() {
      for (const guest of mine) guest.lock = undefined;
    },
    finish() {
      const errors = guests
        .map((guest) => backUp(call, store, guest, held.get(guest)))
        .filter((line) => line !== undefined);
      if (errors.length > 0) throw new WorkFault('job errors', errors);
    },
  });
}

const PARAMS: Parameters = {
  ...NODE,
  all: bool,
  bwlimit: integer(0),
  compress: oneOf('0', '1', 'gzip', 'lzo', 'zstd'),
  dumpdir: text(),
  exclude: vmids,
  'exclude-path': text(),
  fleecing: text(),
  ionice: integer(0, 8),
  'job-id': { ...like(/^\S+$/), maxLength: 50 },
  lockwait: integer(0),
  mailnotification: oneOf('always', 'failure'),
  mailto: text(),
  mode: oneOf('snapshot', 'suspend', 'stop'),
  node,
  'notes-template': { ...text(1024), requires: 'storage' },
  'notification-mode': oneOf('auto', 'legacy-sendmail', 'notification-system'),
  'pbs-change-detection-mode': oneOf('legacy', 'data', 'metadata'),
  performance: text(),
  pigz: integer(),
  pool: text(),
  protected: { ...bool, requires: 'storage' },
  'prune-backups': text(),
  quiet: bool,
  remove: bool,
  script: text(),
  stdexcludes: bool,
  stdout: bool,
  stop: bool,
  stopwait: integer(0),
  storage,
  tmpdir: text(),
  vmid: vmids,
  zstd: integer(),
};

export const backupEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/nodes/{node}/vzdump', right: 'all', params: PARAMS, run: vzdump },
];
