import { expect, test } from 'vitest';
import type { ProxmoxReader } from '../../clients/proxmox/contract.ts';
import { StewardError } from '../../core/errors.ts';
import { gatherProxmox } from './gather.ts';
import { configOf, guestOf, literalClusters, literalReader, threeNodes } from './testing.ts';

const signal = new AbortController().signal;
const now = new Date('2026-11-20T12:00:00Z');
const look = (more: Partial<ProxmoxReader> = {}) =>
  gatherProxmox(literalClusters(literalReader(more)), { timeoutMs: 5_000, now }, signal);

test('a healthy cluster is known in every part', async () => {
  const parts = await look();
  for (const part of Object.values(parts)) expect(part.state).toBe('known');
  expect(parts.proxmoxGuests?.state === 'known' && parts.proxmoxGuests.value.get('home/101')).toMatchObject({
    name: 'k3s-server-1',
    node: 'pve1',
    config: { digest: 'digest-k3s-server-1' },
    metadata: { uid: 'uuid-k3s-server-1' },
  });
  expect(parts.proxmoxCluster?.state === 'known' && parts.proxmoxCluster.value.get('home')).toMatchObject({
    quorum: 'quorate',
    expectedVotes: 2,
  });
});

test('a token that may not see guests makes them unknown, never an empty list', async () => {
  const parts = await look({ guests: async () => [], missingPrivileges: async () => ['VM.Audit /vms'] });
  expect(parts.proxmoxGuests).toMatchObject({ state: 'unknown', reason: expect.stringContaining('VM.Audit /vms') });
  expect(parts.proxmoxBackups?.state).toBe('unknown');
  expect(parts.proxmoxStorages?.state).toBe('known');
});

test('what fails is unknown with its reason, and the rest goes on', async () => {
  const parts = await look({
    ha: async () => {
      throw new StewardError('Unable to read the HA status: 500.', { kind: 'target', code: 'proxmox_error' });
    },
  });
  expect(parts.proxmoxHa).toMatchObject({ state: 'unknown', reason: expect.stringContaining('HA status') });
  expect(parts.proxmoxGuests?.state).toBe('known');
});

test('one connection that does not answer makes its parts unknown, though another one does', async () => {
  const down = literalReader({ name: 'away', guests: async () => Promise.reject(new Error('refused')) });
  const parts = await gatherProxmox(literalClusters(literalReader(), down), { timeoutMs: 5_000, now }, signal);
  expect(parts.proxmoxGuests).toMatchObject({ state: 'unknown', reason: expect.stringContaining('away') });
  expect(parts.proxmoxStorages?.state).toBe('known');
});

test('a connection that nobody answers is not asked part after part', async () => {
  let asked = 0;
  const away = async (): Promise<never> => {
    asked++;
    throw new Error('Unable to reach Proxmox home: no answer.');
  };
  const names = ['missingPrivileges', 'clusterStatus', 'guests', 'storages', 'tasks', 'ha', 'replication'] as const;
  const parts = await look(Object.fromEntries(names.map((name) => [name, away])));
  expect(asked).toBe(4);
  for (const part of Object.values(parts)) expect(part).toMatchObject({ state: 'unknown' });
});

test('guests of a node that is down are unknown guests, not stopped ones', async () => {
  const parts = await look({
    clusterStatus: async () => ({ name: 'home', quorum: 'quorate', nodes: threeNodes(['pve1']), expectedVotes: 2 }),
    guests: async () => [guestOf(101, 'a', 'pve1', { status: 'unknown' })],
  });
  const guests = parts.proxmoxGuests;
  expect(guests?.state === 'known' && guests.value.get('home/101')).toMatchObject({
    status: 'unknown',
    unread: 'node pve1 is offline',
  });
});

test('the note on a node is its maintenance flag, and secrets of cloud-init stay out', async () => {
  const parts = await look({
    nodeNote: async (node) => ({ text: node === 'pve2' ? 'rack 2\nsteward.dev/maintenance: new RAM' : '', digest: '' }),
    guestConfig: async () => configOf('x', { options: { cipassword: 'hush', net0: 'virtio=AA' } }),
  });
  const { proxmoxNodes: nodes, proxmoxGuests: guests } = parts;
  expect(nodes?.state === 'known' && nodes.value.get('home/pve2')?.maintenance).toBe('new RAM');
  expect(JSON.stringify(guests?.state === 'known' && [...guests.value.values()])).not.toContain('hush');
});

test('archives on one node say so, and a storage that cannot be listed is named', async () => {
  const storage = (node: string, name: string, shared: boolean) => ({
    node,
    storage: name,
    type: 'dir',
    shared,
    active: true,
    content: ['backup'],
    totalBytes: 1,
    usedBytes: 0,
  });
  const parts = await look({
    storages: async () => [
      storage('pve1', 'local', false),
      storage('pve1', 'nas', true),
      storage('pve2', 'nas', true),
      storage('pve2', 'local', false),
    ],
    volumes: async (node, name) => {
      if (node === 'pve2' && name === 'local') throw new Error('no');
      return [
        {
          volid: `${name}:backup/a`,
          storage: name,
          content: 'backup',
          sizeBytes: 5,
          vmid: 101,
          createdAt: '2026-11-19T00:00:00Z',
          protected: false,
          verified: 'ok',
        },
      ];
    },
  });
  const backups = parts.proxmoxBackups;
  const own = backups?.state === 'known' ? backups.value.get('home/101') : undefined;
  expect(own?.archives.map(({ storage: name, node }) => `${name} ${node ?? 'shared'}`).toSorted()).toEqual([
    'local pve1',
    'nas shared',
  ]);
  expect(own?.unread).toEqual(['pve2/local']);
});

const disk = (device: string) => ({
  node: 'pve1',
  device,
  byId: undefined,
  serial: `S-${device}`,
  model: 'MX500',
  type: 'ssd',
  sizeBytes: 1,
  health: 'PASSED',
  wearout: undefined,
  used: '',
});

test('disks tell of themselves; one that does not answer is still a disk, and none is asked again within the half hour', async () => {
  const asked: string[] = [];
  const client = literalReader({
    clusterStatus: async () => ({
      name: 'home',
      quorum: 'quorate',
      nodes: threeNodes(['pve2', 'pve3']),
      expectedVotes: 2,
    }),
    disks: async () => [disk('/dev/sda'), disk('/dev/sdb')],
    smart: async (_node, device) => {
      asked.push(device);
      if (device === '/dev/sdb') throw new Error('it is behind a controller');
      return { temperature: 31, pending: 0 };
    },
  });
  const smart = new Map();
  const at = async (minutes: number) => {
    const later = new Date(+now + minutes * 60_000);
    const { proxmoxDisks } = await gatherProxmox(
      literalClusters(client),
      { timeoutMs: 5_000, now: later, smart },
      signal,
    );
    return proxmoxDisks?.state === 'known' ? [...proxmoxDisks.value.values()].map((one) => one.smart?.temperature) : [];
  };
  expect(await at(0)).toEqual([31, undefined]);
  expect(await at(20)).toEqual([31, undefined]);
  expect(asked.filter((device) => device === '/dev/sda')).toHaveLength(1);
  await at(31);
  expect(asked.filter((device) => device === '/dev/sda')).toHaveLength(2);
});
