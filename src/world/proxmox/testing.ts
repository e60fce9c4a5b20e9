import type { Guest, GuestConfig, ProxmoxClusters, ProxmoxReader } from '../../clients/proxmox/contract.ts';
import { inputError } from '../../core/errors.ts';

/** A small Proxmox cluster as literal answers: three nodes, a few guests. What a test needs to be different it overrides. */

export const guestOf = (vmid: number, name: string, node: string, more: Partial<Guest> = {}): Guest => ({
  node,
  type: 'qemu',
  vmid,
  name,
  status: 'running',
  template: false,
  tags: [],
  lock: undefined,
  hastate: undefined,
  memoryBytes: 8 * 2 ** 30,
  diskBytes: 64 * 2 ** 30,
  uptimeSeconds: 1000,
  ...more,
});

export const configOf = (name: string, more: Partial<GuestConfig> = {}): GuestConfig => ({
  digest: `digest-${name}`,
  name,
  uuid: `uuid-${name}`,
  protection: false,
  options: {},
  pending: {},
  ...more,
});

export const threeNodes = (offline: readonly string[] = []) =>
  ['pve1', 'pve2', 'pve3'].map((name) => ({ name, online: !offline.includes(name), votes: 1, address: undefined }));

const no = async (): Promise<never> => {
  throw inputError('not_in_test', 'Unable to read: the test does not give it.', 'Give it.');
};

export const literalReader = (more: Partial<ProxmoxReader> = {}): ProxmoxReader => ({
  name: 'home',
  identity: async () => 'identity',
  version: async () => '9.2.3',
  missingPrivileges: async () => [],
  clusterStatus: async () => ({ name: 'home', quorum: 'quorate', nodes: threeNodes(), expectedVotes: 2 }),
  nodeStatus: async (name) => ({
    name,
    version: '9.2.3',
    uptimeSeconds: 90_000,
    memoryBytes: 1,
    memoryUsedBytes: 1,
    cpus: 8,
    load: 0.1,
  }),
  nodeNote: async () => ({ text: '', digest: '' }),
  guests: async () => [guestOf(101, 'k3s-server-1', 'pve1'), guestOf(102, 'k3s-server-2', 'pve2')],
  guestConfig: async ({ vmid }) => configOf(`k3s-server-${vmid - 100}`),
  guestStatus: no,
  snapshots: async () => [],
  migrationCheck: async (_guest, target) => ({ allowedNodes: [target], localDisks: [], localResources: [] }),
  storages: async () => [],
  volumes: async () => [],
  tasks: async () => [],
  task: no,
  taskLog: async () => [],
  ha: async () => ({ armed: true, services: [], stale: [] }),
  backupJobs: async () => [],
  notBackedUp: async () => [],
  replication: async () => [],
  disks: async () => [],
  smart: async () => ({}),
  thinPools: async () => [],
  isFree: async () => true,
  ...more,
});

export const literalClusters = <T extends ProxmoxReader>(...readers: readonly T[]): ProxmoxClusters<T> => ({
  names: async () => readers.map(({ name }) => name),
  cluster: async (name) => readers.find((reader) => reader.name === name) ?? no(),
  identity: async () => 'identity',
});
