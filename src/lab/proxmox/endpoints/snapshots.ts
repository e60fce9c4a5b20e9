import { type Call, type Endpoint, flag, forBoth, GUEST, guestOf, guestPath, of, onGuest } from '../endpoint.ts';
import { failure } from '../fault.ts';
import { disksOf } from '../guest-config.ts';
import { bool, required, snapshotName, text } from '../parameter.ts';
import type { GuestState, GuestType, Snapshot } from '../state.ts';
import { checkRoom, storageAt } from '../volumes.ts';
import { startWork } from '../work.ts';

const RESERVED = new Set(['current', 'pending']);
const CAN = new Set(['lvmthin', 'zfspool', 'rbd', 'btrfs']);

function checkSpace({ cluster: { state } }: Call, guest: GuestState, name: string): void {
  for (const { storage } of disksOf(guest.config)) {
    const store = storageAt(state, storage, guest.node);
    if (!CAN.has(store.type)) throw failure('snapshot feature is not available');
    checkRoom(store, guest.node, `pve/snap_vm-${guest.vmid}-disk-0_${name}`);
  }
}

const take =
  (type: GuestType) =>
  (call: Call): string => {
    const guest = guestOf(call, type);
    const name = of(call, 'snapname');
    if (RESERVED.has(name)) throw failure(`unable to use snapshot name '${name}' (reserved name)`);
    return startWork(call, guest, {
      type: ['qmsnapshot', 'vzsnapshot'],
      lock: 'snapshot',
      check() {
        if (guest.snapshots.some((each) => each.name === name)) throw failure(`snapshot name '${name}' already used`);
        checkSpace(call, guest, name);
      },
      finish() {
        const memory = flag(call, 'vmstate') && guest.status === 'running';
        const facts = { name, about: of(call, 'description'), memory, parent: guest.parent };
        guest.snapshots.push({ ...facts, at: call.cluster.time.now(), config: new Map(guest.config) });
        guest.parent = name;
      },
    });
  };

function snapshotOf(guest: GuestState, name: string): Snapshot {
  const found = guest.snapshots.find((each) => each.name === name);
  if (!found) throw failure(`snapshot '${name}' does not exist`);
  return found;
}

const drop =
  (type: GuestType) =>
  (call: Call): string => {
    const guest = guestOf(call, type);
    const name = of(call, 'snapname');
    return startWork(call, guest, {
      type: ['qmdelsnapshot', 'vzdelsnapshot'],
      lock: 'snapshot-delete',
      check: () => void snapshotOf(guest, name),
      finish() {
        const { parent } = snapshotOf(guest, name);
        guest.snapshots = guest.snapshots
          .filter((each) => each.name !== name)
          .map((each) => (each.parent === name ? { ...each, parent } : each));
        if (guest.parent === name) guest.parent = parent;
      },
    });
  };

/** Afterwards it is as it was then: stopped, unless its memory was saved or `start` is asked for. */
const rollback =
  (type: GuestType) =>
  (call: Call): string => {
    const guest = guestOf(call, type);
    const name = of(call, 'snapname');
    return startWork(call, guest, {
      type: ['qmrollback', 'vzrollback'],
      lock: 'rollback',
      check: () => void snapshotOf(guest, name),
      finish() {
        const snapshot = snapshotOf(guest, name);
        call.cluster.turnOff(guest);
        guest.config = new Map(snapshot.config);
        guest.parent = name;
        if (snapshot.memory || flag(call, 'start')) call.cluster.turnOn(guest);
      },
    });
  };

const NAMED = { ...GUEST, snapname: required(snapshotName) };
const SNAPSHOT = onGuest('VM.Snapshot');

export const snapshotEndpoints: readonly Endpoint[] = [
  ...forBoth((type) => ({
    method: 'POST',
    path: guestPath(type, '/snapshot'),
    right: SNAPSHOT,
    params: { ...NAMED, description: text(), ...(type === 'qemu' && { vmstate: bool }) },
    run: take(type),
  })),
  ...forBoth((type) => ({
    method: 'DELETE',
    path: guestPath(type, '/snapshot/{snapname}'),
    right: SNAPSHOT,
    params: { ...NAMED, force: bool },
    run: drop(type),
  })),
  ...forBoth((type) => ({
    method: 'POST',
    path: guestPath(type, '/snapshot/{snapname}/rollback'),
    right: onGuest('VM.Snapshot', 'VM.Snapshot.Rollback'),
    params: { ...NAMED, start: bool },
    run: rollback(type),
  })),
];
