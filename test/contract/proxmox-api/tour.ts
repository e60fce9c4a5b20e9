import type { ProxmoxReader, ProxmoxWrite } from '../../../src/clients/proxmox/contract.ts';
import { ct, type Opened, open, permit, signal, vm } from '../proxmox-client/support.ts';

type Reads = Exclude<keyof ProxmoxReader, 'name' | 'identity' | 'ownIds'>;
const server = vm('pve2', 102);
const dns = ct('pve1', 200);

/** Each method of the reader, with arguments of every form. A method that is missing here does not compile. */
const reads: Record<Reads, (client: ProxmoxReader, upid: string) => Promise<unknown>[]> = {
  version: (client) => [client.version(signal())],
  missingPrivileges: (client) => [client.missingPrivileges(signal())],
  clusterStatus: (client) => [client.clusterStatus(signal())],
  nodeStatus: (client) => [client.nodeStatus('pve1', signal())],
  nodeNote: (client) => [client.nodeNote('pve1', signal())],
  guests: (client) => [client.guests(signal())],
  guestConfig: (client) => [client.guestConfig(server, signal()), client.guestConfig(dns, signal())],
  guestStatus: (client) => [client.guestStatus(server, signal()), client.guestStatus(dns, signal())],
  snapshots: (client) => [client.snapshots(server, signal()), client.snapshots(dns, signal())],
  migrationCheck: (client) => [
    client.migrationCheck(server, 'pve1', signal()),
    client.migrationCheck(dns, 'pve2', signal()),
  ],
  storages: (client) => [client.storages(signal())],
  volumes: (client) => [
    client.volumes('pve1', 'nfs-backup', 'backup', signal()),
    client.volumes('pve1', 'local-lvm', undefined, signal()),
  ],
  tasks: (client) => [
    client.tasks({ limit: 10 }, signal()),
    client.tasks({ limit: 10, vmid: 101, onlyErrors: true }, signal()),
  ],
  task: (client, upid) => [client.task(upid, signal())],
  taskLog: (client, upid) => [client.taskLog(upid, 10, signal())],
  ha: (client) => [client.ha(signal())],
  backupJobs: (client) => [client.backupJobs(signal())],
  notBackedUp: (client) => [client.notBackedUp(signal())],
  replication: (client) => [client.replication(signal())],
  disks: (client) => [client.disks('pve1', signal())],
  smart: (client) => [client.smart('pve1', '/dev/sda', signal())],
  thinPools: (client) => [client.thinPools('pve1', signal())],
  isFree: (client) => [client.isFree(500, signal()), client.isFree(101, signal())],
};

type Expect = { readonly name: string; readonly uuid?: string; readonly digest: string };
type Make = (expect: Expect) => ProxmoxWrite;

const archive = (volid: string) => ({ archive: volid, storage: 'nfs-guests' });

/** Each verb on each kind of guest, in an order in which all of them can be done. */
const writes = ({ lab }: Opened, note: string): Record<ProxmoxWrite['verb'], readonly Make[]> => {
  const saved = (vmid: number): string =>
    lab.cluster.state.volumes.find((volume) => volume.vmid === vmid && volume.content === 'backup')?.volid ?? '';
  return {
    configure: [
      (expect) => ({ verb: 'configure', guest: server, expect, set: { memory: '9216', tags: 'k3s' }, remove: [] }),
      (expect) => ({ verb: 'configure', guest: dns, expect, set: { memory: '768' }, remove: ['onboot'] }),
    ],
    snapshot: [
      (expect) => ({ verb: 'snapshot', guest: server, expect, snapshot: 'before', description: 'before the change' }),
      (expect) => ({ verb: 'snapshot', guest: ct('pve3', 201), expect, snapshot: 'before' }),
    ],
    rollback: [
      (expect) => ({ verb: 'rollback', guest: server, expect, snapshot: 'before' }),
      (expect) => ({ verb: 'rollback', guest: ct('pve3', 201), expect, snapshot: 'before' }),
    ],
    delete_snapshot: [
      (expect) => ({ verb: 'delete_snapshot', guest: server, expect, snapshot: 'before' }),
      (expect) => ({ verb: 'delete_snapshot', guest: ct('pve3', 201), expect, snapshot: 'before' }),
    ],
    start: [
      (expect) => ({ verb: 'start', guest: server, expect }),
      (expect) => ({ verb: 'start', guest: ct('pve3', 201), expect }),
    ],
    reboot: [
      (expect) => ({ verb: 'reboot', guest: server, expect, timeoutSeconds: 60 }),
      (expect) => ({ verb: 'reboot', guest: dns, expect }),
    ],
    reset: [(expect) => ({ verb: 'reset', guest: server, expect })],
    backup: [
      (expect) => ({ verb: 'backup', guest: server, expect, storage: 'nfs-backup', mode: 'snapshot', protect: true }),
      (expect) => ({ verb: 'backup', guest: dns, expect, storage: 'nfs-backup', mode: 'suspend', protect: false }),
    ],
    restore: [
      () => ({ verb: 'restore', node: 'pve2', type: 'qemu', newid: 302, ...archive(saved(102)) }),
      () => ({ verb: 'restore', node: 'pve1', type: 'lxc', newid: 300, ...archive(saved(200)) }),
    ],
    clone: [
      (expect) => ({ verb: 'clone', guest: vm('pve1', 9000), expect, newid: 400, name: 'fresh', full: false }),
      (expect) => ({
        verb: 'clone',
        guest: ct('pve1', 300),
        expect,
        newid: 401,
        name: 'dns-copy',
        full: true,
        storage: 'nfs-guests',
        target: 'pve2',
      }),
    ],
    migrate: [
      (expect) => ({ verb: 'migrate', guest: server, expect, target: 'pve1', online: true, withLocalDisks: true }),
      (expect) => ({ verb: 'migrate', guest: dns, expect, target: 'pve2', online: true, withLocalDisks: false }),
    ],
    shutdown: [
      (expect) => ({ verb: 'shutdown', guest: vm('pve1', 102), expect, timeoutSeconds: 60 }),
      (expect) => ({ verb: 'shutdown', guest: ct('pve3', 201), expect, timeoutSeconds: 30 }),
    ],
    stop: [
      (expect) => ({ verb: 'stop', guest: vm('pve1', 111), expect }),
      (expect) => ({ verb: 'stop', guest: ct('pve2', 200), expect }),
    ],
    destroy: [
      (expect) => ({ verb: 'destroy', guest: vm('pve1', 400), expect, purge: true }),
      (expect) => ({ verb: 'destroy', guest: ct('pve2', 401), expect, purge: false }),
    ],
    note_node: [() => ({ verb: 'note_node', node: 'pve1', digest: note, text: 'in maintenance' })],
    reboot_node: [() => ({ verb: 'reboot_node', node: 'pve3' })],
  };
};

export interface TourResult {
  readonly sent: Opened['sent'];
  /** `verb -> result`, in order. */
  readonly results: readonly string[];
}

/** A caller whose time is over takes its backup along. */
async function stopBackup({ client }: Opened): Promise<string> {
  const { name } = await client.guestConfig(vm('pve1', 160), signal());
  const late = new AbortController();
  const backup = { verb: 'backup', guest: vm('pve1', 160), expect: { name }, storage: 'nfs-backup' } as const;
  const write = { ...backup, mode: 'snapshot', protect: false } as const;
  const done = await client.write(write, permit, late.signal, (_, line) => line === 'started' && late.abort());
  return done.exitStatus === 'received interrupt' ? 'ok' : `${done.result} ${done.exitStatus}`;
}

/** Every method of the client and every write against a fresh lab; what it sent, and how each write ended. */
export async function takeTour(): Promise<TourResult> {
  const opened = await open();
  const { client, lab, sent } = opened;
  try {
    const upid = lab.cluster.state.tasks[0]?.upid ?? '';
    for (const read of Object.values(reads)) await Promise.all(read(client, upid));
    const results: string[] = [];
    for (const [verb, makes] of Object.entries(writes(opened, (await client.nodeNote('pve1', signal())).digest)))
      for (const make of makes) results.push(`${verb} ${(await opened.write(make)).result}`);
    results.push(`stopped backup ${await stopBackup(opened)}`);
    // What is asked with a ticket.
    await opened.connect({ auth: { user: 'root@pam', password: lab.password } }).version(signal());
    return { sent: [...sent], results };
  } finally {
    await opened.close();
  }
}
