import { type Call, count, type Endpoint, flag, forBoth, GUEST, guestOf, guestPath, of, right } from '../endpoint.ts';
import { failure } from '../fault.ts';
import { checkLock, disksOf, isOn } from '../guest-config.ts';
import {
  bool,
  dnsName,
  integer,
  node,
  number,
  oneOf,
  type Parameters,
  required,
  snapshotName,
  storage,
  text,
  vmid,
} from '../parameter.ts';
import type { GuestState, GuestType } from '../state.ts';
import { checkFree, startWork } from '../work.ts';
import { copyDisks, freshGuest, renewIdentity, renewMacs } from './disks.ts';

function checkClone(call: Call, source: GuestState, linked: boolean): void {
  const { storages } = call.cluster.state;
  const target = call.params.get('target');
  const disks = disksOf(source.config);
  if (linked && call.params.has('storage')) throw failure("parameter 'storage' not allowed for linked clones");
  if (linked && !isOn(source, 'template'))
    throw failure(`Linked clone feature is not supported for drive '${disks[0]?.key ?? 'scsi0'}'`);
  if (target === undefined || target === source.node) return;
  if (!call.cluster.state.nodes.has(target)) throw failure(`no such cluster node '${target}'`);
  if (disks.some((disk) => storages.get(disk.storage)?.shared !== true))
    throw failure(`can't clone VM to node '${target}' (VM uses local storage)`);
}

/** The new guest is there at once, locked until its disks are. */
function draft(call: Call, source: GuestState): GuestState {
  const config = new Map(source.config);
  for (const key of ['template', 'protection', 'parent']) config.delete(key);
  const name = call.params.get(source.type === 'qemu' ? 'name' : 'hostname') ?? `Copy-of-${source.vmid}`;
  config.set(source.type === 'qemu' ? 'name' : 'hostname', name);
  if (call.params.has('description')) config.set('description', of(call, 'description'));
  const made = freshGuest(call, {
    node: call.params.get('target') ?? source.node,
    type: source.type,
    vmid: count(call, 'newid', 0),
    config,
    lock: 'clone',
  });
  renewIdentity(call, made);
  renewMacs(call, made);
  return made;
}

const clone =
  (type: GuestType) =>
  (call: Call): string => {
    const source = guestOf(call, type);
    const { state } = call.cluster;
    const newid = count(call, 'newid', 0);
    const linked = call.params.has('full') ? !flag(call, 'full') : isOn(source, 'template');
    checkLock(source);
    checkClone(call, source, linked);
    checkFree(call, newid, 'create');
    const made = draft(call, source);
    state.guests.set(newid, made);
    return startWork(call, source, {
      type: ['qmclone', 'vzclone'],
      lock: isOn(source, 'template') ? undefined : 'clone',
      length: linked ? 1 : 4,
      log: ['create full clone of drive', 'transferred 100.00%'].slice(linked ? 2 : 0),
      undo: () => void state.guests.delete(newid),
      finish() {
        copyDisks(call, made, { storage: call.params.get('storage'), linked });
        made.lock = undefined;
      },
    });
  };

const COMMON: Parameters = {
  ...GUEST,
  newid: required(vmid),
  description: text(),
  full: bool,
  pool: text(),
  snapname: snapshotName,
  storage,
  target: node,
};
const PARAMS: Readonly<Record<GuestType, Parameters>> = {
  qemu: { ...COMMON, bwlimit: integer(0), format: oneOf('raw', 'qcow2', 'vmdk'), name: dnsName },
  lxc: { ...COMMON, bwlimit: number(0), hostname: dnsName },
};

export const cloneEndpoints: readonly Endpoint[] = forBoth((type) => ({
  method: 'POST',
  path: guestPath(type, '/clone'),
  right: [right('/vms/{vmid}', 'VM.Clone'), right('/vms/{newid}', 'VM.Allocate')],
  params: PARAMS[type],
  run: clone(type),
}));
