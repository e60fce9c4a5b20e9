import { LXC_LINES, QEMU_LINES, ROOT_ONLY } from '../config-lines.ts';
import { type Call, count, type Endpoint, flag, NODE, of, right } from '../endpoint.ts';
import { failure } from '../fault.ts';
import { bool, integer, number, type Parameters, required, storage, text, vmid } from '../parameter.ts';
import type { GuestState, GuestType, VolumeState } from '../state.ts';
import { placeOf } from '../volumes.ts';
import { checkFree, startWork } from '../work.ts';
import { allocate, copyDisks, freshGuest, renewIdentity, renewMacs } from './disks.ts';
import { nodeOf } from './node.ts';

const NO_LINES = new Set(
  'node vmid archive ostemplate restore storage unique force pool start bwlimit live-restore ha-managed import-working-storage password ssh-public-keys ignore-unpack-errors'.split(
    ' ',
  ),
);

function archiveAt(call: Call, volid: string): VolumeState {
  const { state } = call.cluster;
  const store = state.storages.get(volid.slice(0, volid.indexOf(':')));
  const found = state.volumes.find(
    (volume) => volume.volid === volid && volume.node === placeOf(store, of(call, 'node')),
  );
  if (!found?.saved) throw failure(`volume '${volid}' does not exist`);
  return found;
}

/** A restored guest keeps name and uuid of the one that was saved: both exist then. */
function restored(call: Call, type: GuestType, archive: VolumeState): GuestState {
  const config = new Map(archive.saved);
  config.delete('#name');
  config.delete('template');
  const made = freshGuest(call, {
    node: nodeOf(call).name,
    type,
    vmid: count(call, 'vmid', 0),
    config,
    lock: 'create',
  });
  if (flag(call, 'unique')) renewMacs(call, made);
  return made;
}

function fresh(call: Call, type: GuestType): GuestState {
  const config = new Map([...call.params].filter(([line]) => !NO_LINES.has(line)));
  const made = freshGuest(call, {
    node: nodeOf(call).name,
    type,
    vmid: count(call, 'vmid', 0),
    config,
    lock: 'create',
  });
  renewIdentity(call, made);
  return made;
}

function checkLines(call: Call): void {
  for (const line of call.params.keys())
    if (ROOT_ONLY.has(line) && !call.caller.isRoot) throw failure(`only root can set '${line}' config`);
}

const create =
  (type: GuestType) =>
  (call: Call): string => {
    const { cluster, params } = call;
    const from = type === 'qemu' ? params.get('archive') : flag(call, 'restore') ? params.get('ostemplate') : undefined;
    checkLines(call);
    checkFree(call, count(call, 'vmid', 0), from === undefined ? 'create' : 'restore');
    const made = from === undefined ? fresh(call, type) : restored(call, type, archiveAt(call, from));
    made.lock = undefined;
    cluster.state.guests.set(made.vmid, made);
    return startWork(call, made, {
      type: from === undefined ? ['qmcreate', 'vzcreate'] : ['qmrestore', 'vzrestore'],
      lock: 'create',
      length: from === undefined ? 1 : 4,
      undo: () => void cluster.state.guests.delete(made.vmid),
      finish: () => fill(call, made, from !== undefined),
    });
  };

function fill(call: Call, made: GuestState, isRestore: boolean): void {
  if (isRestore) copyDisks(call, made, { storage: call.params.get('storage'), linked: false });
  else for (const [line, value] of made.config) made.config.set(line, allocate(call, made, line, value));
  if (flag(call, 'start')) call.cluster.turnOn(made);
}

const COMMON: Parameters = {
  ...NODE,
  vmid: required(vmid),
  force: bool,
  'ha-managed': bool,
  pool: text(),
  start: bool,
  storage,
};
const PARAMS: Readonly<Record<GuestType, Parameters>> = {
  qemu: {
    ...QEMU_LINES,
    ...COMMON,
    archive: text(255),
    bwlimit: integer(0),
    force: { ...bool, requires: 'archive' },
    'import-working-storage': storage,
    'live-restore': bool,
    unique: { ...bool, requires: 'archive' },
  },
  lxc: {
    ...LXC_LINES,
    ...COMMON,
    bwlimit: number(0),
    'ignore-unpack-errors': bool,
    ostemplate: required(text(255)),
    password: text(),
    restore: bool,
    'ssh-public-keys': text(),
    unique: { ...bool, requires: 'restore' },
  },
};

const endpoint = (type: GuestType): Endpoint => ({
  method: 'POST',
  path: `/nodes/{node}/${type}`,
  right: right('/vms/{vmid}', 'VM.Allocate'),
  params: PARAMS[type],
  run: create(type),
});

export const createEndpoints: readonly Endpoint[] = [endpoint('qemu'), endpoint('lxc')];
