import { CHANGE, isHot, LXC_LINES, QEMU_LINES, ROOT_ONLY } from '../config-lines.ts';
import { type Call, type Endpoint, GUEST, guestOf, guestPath, onGuest } from '../endpoint.ts';
import { failure } from '../fault.ts';
import { checkDigest, checkLock, disksOf } from '../guest-config.ts';
import { bool, integer, type Parameters, storage } from '../parameter.ts';
import { type GuestState, type GuestType, isQuorate } from '../state.ts';
import { startWork } from '../work.ts';
import { allocate } from './disks.ts';
import { checkSkipLock } from './power.ts';

const NO_LINES = new Set([
  'node',
  'vmid',
  'digest',
  'delete',
  'revert',
  'force',
  'skiplock',
  'background_delay',
  'import-working-storage',
]);
const parts = (text = ''): string[] => text.split(/[,;\s]+/).filter((part) => part !== '');

/** Containers take processors and memory while they run. */
const isLive = (guest: GuestState, line: string): boolean =>
  guest.status === 'stopped' || isHot(line) || (guest.type === 'lxc' && /^(cores|memory|swap|cpulimit)$/.test(line));

function remove(guest: GuestState, line: string): void {
  if (!isLive(guest, line)) {
    if (guest.config.has(line)) guest.pending.set(line, undefined);
    else guest.pending.delete(line);
    return;
  }
  const disk = disksOf(guest.config).find(({ key }) => key === line);
  guest.config.delete(line);
  // A disk that is taken out is kept as unused.
  if (disk && !line.startsWith('unused')) guest.config.set(freeUnused(guest), disk.volid);
}

function freeUnused({ config }: GuestState): string {
  for (let index = 0; ; index += 1) if (!config.has(`unused${index}`)) return `unused${index}`;
}

function put(call: Call, guest: GuestState, line: string, sent: string): void {
  const value = allocate(call, guest, line, sent);
  if (isLive(guest, line)) {
    guest.config.set(line, value);
    guest.pending.delete(line);
  } else if (guest.config.get(line) === value) guest.pending.delete(line);
  else guest.pending.set(line, value);
}

function change(call: Call, guest: GuestState): void {
  for (const line of parts(call.params.get('revert'))) guest.pending.delete(line);
  for (const line of parts(call.params.get('delete'))) remove(guest, line);
  for (const [line, value] of call.params) if (!NO_LINES.has(line)) put(call, guest, line, value);
}

function check(call: Call, guest: GuestState): void {
  checkSkipLock(call);
  for (const line of [...call.params.keys(), ...parts(call.params.get('delete'))])
    if (ROOT_ONLY.has(line) && !call.caller.isRoot) throw failure(`only root can set '${line}' config`);
  if (!isQuorate(call.cluster.state)) {
    const folder = guest.type === 'qemu' ? 'qemu-server' : 'lxc';
    throw failure(
      `unable to open file '/etc/pve/nodes/${guest.node}/${folder}/${guest.vmid}.conf.tmp.${1000 + guest.vmid}' - Permission denied`,
    );
  }
  checkDigest(guest, call.params.get('digest'));
  checkLock(guest);
}

/** PUT is done when it answers. */
const now =
  (type: GuestType) =>
  (call: Call): null => {
    const guest = guestOf(call, type);
    check(call, guest);
    change(call, guest);
    return null;
  };

/** POST is a task. */
function later(call: Call): string {
  const guest = guestOf(call, 'qemu');
  check(call, guest);
  return startWork(call, guest, { type: ['qmconfig', 'qmconfig'], finish: () => change(call, guest) });
}

const CONFIG = 'Disk CDROM CPU Memory Network HWType Options Cloudinit'.split(' ').map((part) => `VM.Config.${part}`);
const QEMU: Parameters = { ...GUEST, ...QEMU_LINES, ...CHANGE, force: { ...bool, requires: 'delete' }, skiplock: bool };
const shared = { right: onGuest(...CONFIG), needsQuorum: false };

export const configureEndpoints: readonly Endpoint[] = [
  { ...shared, method: 'PUT', path: guestPath('qemu', '/config'), params: QEMU, run: now('qemu') },
  {
    ...shared,
    method: 'PUT',
    path: guestPath('lxc', '/config'),
    params: { ...GUEST, ...LXC_LINES, ...CHANGE },
    run: now('lxc'),
  },
  {
    ...shared,
    method: 'POST',
    path: guestPath('qemu', '/config'),
    params: { ...QEMU, background_delay: integer(1, 30), 'import-working-storage': storage },
    run: later,
  },
];
