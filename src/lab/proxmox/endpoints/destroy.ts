import { type Call, type Endpoint, flag, forBoth, GUEST, guestOf, guestPath, onGuest } from '../endpoint.ts';
import { failure } from '../fault.ts';
import { checkLock, disksOf, isOn } from '../guest-config.ts';
import { bool, type Parameters } from '../parameter.ts';
import { type GuestState, type GuestType, sidOf } from '../state.ts';
import { startWork } from '../work.ts';
import { checkSkipLock } from './power.ts';

const kindOf = ({ type }: GuestState): string => (type === 'qemu' ? 'VM' : 'CT');

function checkDestroy(call: Call, guest: GuestState): void {
  const { state } = call.cluster;
  const label = `${kindOf(guest)} ${guest.vmid}`;
  const purge = flag(call, 'purge');
  checkLock(guest);
  if (isOn(guest, 'protection')) throw failure(`can't remove ${label} - protection mode enabled`);
  if (call.cluster.haOf(guest) && !purge)
    throw failure(`unable to remove ${label} - used in HA resources and purge parameter not set.`);
  const job = state.replication.find(({ guest: id }) => id === guest.vmid);
  if (job && !purge)
    throw failure(`There is a replication job '${job.id}' for guest '${guest.vmid}' - Please remove that first.`);
  if (guest.status !== 'stopped') throw failure(`${label} is running - destroy failed`);
}

function checkBase({ cluster: { state } }: Call, guest: GuestState): void {
  for (const { volid } of disksOf(guest.config))
    if (state.volumes.some(({ base }) => base === volid))
      throw failure(`base volume '${volid}' is still in use by linked clones`);
}

function remove(call: Call, guest: GuestState): void {
  const { state } = call.cluster;
  const volids = new Set(disksOf(guest.config).map(({ volid }) => volid));
  state.volumes = state.volumes.filter(({ volid }) => !volids.has(volid));
  state.guests.delete(guest.vmid);
  if (!flag(call, 'purge')) return;
  state.ha.delete(sidOf(guest));
  state.replication = state.replication.filter(({ guest: id }) => id !== guest.vmid);
  state.jobs = state.jobs.map((job) => ({ ...job, guests: job.guests.filter((id) => id !== guest.vmid) }));
}

const destroy =
  (type: GuestType) =>
  (call: Call): string => {
    const guest = guestOf(call, type);
    checkSkipLock(call);
    checkDestroy(call, guest);
    return startWork(call, guest, {
      type: ['qmdestroy', 'vzdestroy'],
      check: () => checkBase(call, guest),
      finish: () => remove(call, guest),
    });
  };

const COMMON: Parameters = { ...GUEST, purge: bool, 'destroy-unreferenced-disks': bool };
const PARAMS: Readonly<Record<GuestType, Parameters>> = {
  qemu: { ...COMMON, skiplock: bool },
  lxc: { ...COMMON, force: bool },
};

export const destroyEndpoints: readonly Endpoint[] = forBoth((type) => ({
  method: 'DELETE',
  path: guestPath(type),
  right: onGuest('VM.Allocate'),
  params: PARAMS[type],
  run: destroy(type),
}));
