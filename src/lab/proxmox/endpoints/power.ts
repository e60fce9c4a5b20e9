import { type Call, type Endpoint, flag, forBoth, GUEST, guestOf, guestPath, onGuest } from '../endpoint.ts';
import { failure, invalid } from '../fault.ts';
import { isOn } from '../guest-config.ts';
import { bool, integer, like, node, type Parameters, text } from '../parameter.ts';
import type { GuestState, GuestType } from '../state.ts';
import { startWork, type Work } from '../work.ts';

type Verb = 'start' | 'stop' | 'shutdown' | 'reboot';

const kindOf = (guest: GuestState): string => (guest.type === 'qemu' ? 'VM' : 'CT');

/** Also refused to root's tokens. */
export function checkSkipLock(call: Call): void {
  if (flag(call, 'skiplock') && !call.caller.isRoot) throw invalid({ skiplock: 'Only root may use this option.' });
}

function checkStart(guest: GuestState): void {
  if (isOn(guest, 'template'))
    throw failure(`you can't start a ${guest.type === 'qemu' ? 'vm' : 'CT'} if it's a template`);
  if (guest.status !== 'stopped') throw failure(`${kindOf(guest)} ${guest.vmid} already running`);
}

/** PVE 9 grumbles about old keys of every UEFI guest, and starts it. */
const warningsOf = ({ config }: GuestState): string[] =>
  config.get('efidisk0')?.includes('ms-cert=') === false
    ? ['EFI disk without the certificate of 2023: enroll it or the guest may refuse updates']
    : [];

function workOf({ cluster }: Call, guest: GuestState, verb: Verb): Work {
  const start = (): readonly string[] => {
    cluster.turnOn(guest);
    return warningsOf(guest);
  };
  const stop = (): void => cluster.turnOff(guest);
  const { shutdownMs, taskMs } = cluster.timing;
  switch (verb) {
    case 'start':
      return { type: ['qmstart', 'vzstart'], check: () => checkStart(guest), finish: start };
    case 'stop':
      return { type: ['qmstop', 'vzstop'], finish: stop };
    case 'shutdown':
      return { type: ['qmshutdown', 'vzshutdown'], tookMs: shutdownMs, finish: stop };
    case 'reboot':
      return {
        type: ['qmreboot', 'vzreboot'],
        tookMs: shutdownMs + taskMs,
        finish() {
          stop();
          return start();
        },
      };
  }
}

/** The manager is told and the task is over; what was asked comes later, or never. */
function askManager(call: Call, guest: GuestState, verb: 'start' | 'stop'): string | undefined {
  const { cluster, caller } = call;
  const resource = cluster.haOf(guest);
  if (!resource || resource.requested === 'ignored') return undefined;
  return cluster.tasks.start({
    node: guest.node,
    type: verb === 'start' ? 'hastart' : 'hastop',
    id: String(guest.vmid),
    user: caller.user,
    tookMs: Math.min(1000, cluster.timing.taskMs),
    log: [`Requesting HA ${verb} for ${kindOf(guest)} ${guest.vmid}`],
    finish() {
      resource.requested = verb === 'start' ? 'started' : 'stopped';
      resource.state = verb === 'start' ? 'starting' : 'request_stop';
      if (!resource.stuck) cluster.time.after(cluster.timing.haMs, () => carryOut(call, guest, verb));
    },
  });
}

function carryOut({ cluster }: Call, guest: GuestState, verb: 'start' | 'stop'): void {
  const resource = cluster.haOf(guest);
  // Something else was asked for meanwhile.
  if (!resource || resource.requested !== (verb === 'start' ? 'started' : 'stopped')) return;
  if (verb === 'start' && guest.status === 'stopped') cluster.turnOn(guest);
  if (verb === 'stop' && guest.status !== 'stopped') cluster.turnOff(guest);
  resource.state = resource.requested;
}

const run =
  (type: GuestType, verb: Verb) =>
  (call: Call): string => {
    const guest = guestOf(call, type);
    checkSkipLock(call);
    if (verb === 'reboot' && guest.status === 'stopped') throw failure(`${kindOf(guest)} ${guest.vmid} not running`);
    const asked = verb === 'reboot' ? undefined : askManager(call, guest, verb === 'start' ? 'start' : 'stop');
    return asked ?? startWork(call, guest, workOf(call, guest, verb));
  };

function reset(call: Call): string {
  const guest = guestOf(call, 'qemu');
  checkSkipLock(call);
  if (guest.status === 'stopped') throw failure(`VM ${guest.vmid} not running`);
  return startWork(call, guest, {
    type: ['qmreset', 'qmreset'],
    finish() {
      guest.status = 'running';
    },
  });
}

const TIMEOUT: Parameters = { timeout: integer(0) };
const QEMU_START: Parameters = {
  'force-cpu': text(),
  machine: text(),
  migratedfrom: node,
  migration_network: text(),
  migration_type: { type: 'string', oneOf: ['secure', 'insecure'] },
  'nets-host-mtu': like(/^net\d+=\d+(,net\d+=\d+)*$/),
  skiplock: bool,
  stateuri: text(128),
  targetstorage: text(),
  ...TIMEOUT,
  'with-conntrack-state': bool,
};
const PARAMS: Readonly<Record<Verb, Readonly<Record<GuestType, Parameters>>>> = {
  start: { qemu: QEMU_START, lxc: { debug: bool, skiplock: bool } },
  stop: {
    qemu: { keepActive: bool, migratedfrom: node, 'overrule-shutdown': bool, skiplock: bool, ...TIMEOUT },
    lxc: { 'overrule-shutdown': bool, skiplock: bool },
  },
  shutdown: {
    qemu: { forceStop: bool, keepActive: bool, skiplock: bool, ...TIMEOUT },
    lxc: { forceStop: bool, ...TIMEOUT },
  },
  reboot: { qemu: TIMEOUT, lxc: TIMEOUT },
};

const power = (verb: Verb): Endpoint[] =>
  forBoth((type) => ({
    method: 'POST',
    path: guestPath(type, `/status/${verb}`),
    right: onGuest('VM.PowerMgmt'),
    params: { ...GUEST, ...PARAMS[verb][type] },
    // What runs can be stopped without quorum; nothing can be started.
    needsQuorum: verb === 'start' || verb === 'reboot',
    run: run(type, verb),
  }));

export const powerEndpoints: readonly Endpoint[] = [
  ...power('start'),
  ...power('stop'),
  ...power('shutdown'),
  ...power('reboot'),
  {
    method: 'POST',
    path: guestPath('qemu', '/status/reset'),
    right: onGuest('VM.PowerMgmt'),
    params: { ...GUEST, skiplock: bool },
    needsQuorum: false,
    run: reset,
  },
];
