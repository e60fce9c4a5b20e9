import { type Call, type Endpoint, flag, forBoth, GUEST, guestOf, guestPath, of, onGuest } from '../endpoint.ts';
import { failure, invalid } from '../fault.ts';
import { checkLock, disksOf, type GuestDisk } from '../guest-config.ts';
import { bool, integer, node, number, oneOf, type Parameters, required, text } from '../parameter.ts';
import type { GuestState, GuestType } from '../state.ts';
import { startWork } from '../work.ts';

const localDisks = ({ cluster: { state } }: Call, guest: GuestState): GuestDisk[] =>
  disksOf(guest.config).filter(({ storage }) => state.storages.get(storage)?.shared !== true);

const localResources = ({ config }: GuestState): string[] =>
  [...config.keys()].filter((key) => /^(hostpci|usb|serial|parallel)\d+$/.test(key) && config.get(key) !== 'socket');

function missingStorages({ cluster: { state } }: Call, guest: GuestState, target: string): string[] {
  return [...new Set(disksOf(guest.config).map(({ storage }) => storage))].filter(
    (storage) => !state.storages.get(storage)?.nodes.includes(target),
  );
}

/** Which nodes could take it, and what of it is bound to this one. */
const preconditions =
  (type: GuestType) =>
  (call: Call): unknown => {
    const guest = guestOf(call, type);
    const others = [...call.cluster.state.nodes.values()].filter(({ name, online }) => online && name !== guest.node);
    const lacking = others.map(({ name }) => ({ name, storages: missingStorages(call, guest, name) }));
    const allowed = lacking.filter(({ storages }) => storages.length === 0).map(({ name }) => name);
    const refused = Object.fromEntries(
      lacking
        .filter(({ storages }) => storages.length > 0)
        .map(({ name, storages }) => [name, { unavailable_storages: storages }]),
    );
    const running = guest.status === 'stopped' ? 0 : 1;
    if (type === 'lxc') return { running, 'allowed-nodes': allowed, 'not-allowed-nodes': refused };
    return {
      running,
      allowed_nodes: allowed,
      not_allowed_nodes: refused,
      local_disks: localDisks(call, guest).map(({ key, volid, size }) => ({ drivename: key, volid, size, cdrom: 0 })),
      local_resources: localResources(guest),
      'mapped-resources': [],
      'mapped-resource-info': {},
      'has-dbus-vmstate': 1,
    };
  };

function checkTarget(call: Call, guest: GuestState): string {
  const target = of(call, 'target');
  if (target === guest.node) throw invalid({ target: 'target is local node.' });
  if (!call.cluster.state.nodes.has(target)) throw failure(`no such cluster node '${target}'`);
  return target;
}

/** What is found by the worker ends it with "migration aborted"; why is in its log. */
function abortReason(call: Call, guest: GuestState, target: string): string | undefined {
  if (call.cluster.state.nodes.get(target)?.online !== true) return `can't connect to remote host '${target}'`;
  const resources = localResources(guest);
  if (resources.length > 0) return `can't migrate VM which uses local devices: ${resources.join(', ')}`;
  const [storage] = missingStorages(call, guest, target);
  if (storage !== undefined) return `storage '${storage}' is not available on node '${target}'`;
  const [disk] = localDisks(call, guest);
  const runs = guest.type === 'qemu' && guest.status !== 'stopped';
  if (runs && disk && !flag(call, 'with-local-disks')) return `can't live migrate attached local disk '${disk.volid}'`;
  return undefined;
}

function move(call: Call, guest: GuestState, target: string): void {
  const { state } = call.cluster;
  for (const { volid } of localDisks(call, guest))
    for (const volume of state.volumes) if (volume.volid === volid && volume.node === guest.node) volume.node = target;
  guest.node = target;
}

function checkRunning(call: Call, guest: GuestState): void {
  if (guest.status === 'stopped') return;
  if (guest.type === 'qemu' && !flag(call, 'online')) throw failure("can't migrate running VM without --online");
  if (guest.type === 'lxc' && !flag(call, 'restart')) throw failure('lxc live migration is currently not implemented');
}

function viaManager(call: Call, guest: GuestState, target: string): string {
  const { cluster, caller } = call;
  const resource = cluster.haOf(guest);
  return cluster.tasks.start({
    node: guest.node,
    type: 'hamigrate',
    id: String(guest.vmid),
    user: caller.user,
    tookMs: Math.min(1000, cluster.timing.taskMs),
    log: [`Requesting HA migration for VM ${guest.vmid} to node ${target}`],
    finish() {
      if (!resource || resource.stuck) return;
      resource.state = 'migrate';
      cluster.time.after(cluster.timing.haMs, () => {
        // Later the manager meets the same obstacles, and the guest stays where it is.
        if (abortReason(call, guest, target) === undefined) move(call, guest, target);
        resource.state = resource.requested;
      });
    },
  });
}

const migrate =
  (type: GuestType) =>
  (call: Call): string => {
    const guest = guestOf(call, type);
    const target = checkTarget(call, guest);
    checkLock(guest);
    checkRunning(call, guest);
    if (call.cluster.haOf(guest)) return viaManager(call, guest, target);
    const reason = abortReason(call, guest, target);
    return startWork(call, guest, {
      type: ['qmigrate', 'vzmigrate'],
      lock: 'migrate',
      length: reason === undefined ? 5 : 1,
      log: [`starting migration of VM ${guest.vmid} to node '${target}'`, ...(reason ? [`ERROR: ${reason}`] : [])],
      finish() {
        if (reason !== undefined) throw failure('migration aborted');
        move(call, guest, target);
      },
    });
  };

const COMMON: Parameters = { ...GUEST, target: required(node), online: bool };
const PARAMS: Readonly<Record<GuestType, Parameters>> = {
  qemu: {
    ...COMMON,
    bwlimit: integer(0),
    force: bool,
    migration_network: text(),
    migration_type: oneOf('secure', 'insecure'),
    targetstorage: text(),
    'with-conntrack-state': bool,
    'with-local-disks': bool,
  },
  lxc: { ...COMMON, bwlimit: number(0), restart: bool, 'target-storage': text(), timeout: integer() },
};

export const migrateEndpoints: readonly Endpoint[] = [
  ...forBoth((type) => ({
    method: 'GET',
    path: guestPath(type, '/migrate'),
    right: onGuest('VM.Migrate'),
    params: { ...GUEST, target: node },
    run: preconditions(type),
  })),
  ...forBoth((type) => ({
    method: 'POST',
    path: guestPath(type, '/migrate'),
    right: onGuest('VM.Migrate'),
    params: PARAMS[type],
    run: migrate(type),
  })),
];
