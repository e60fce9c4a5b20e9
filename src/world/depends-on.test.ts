import { expect, test } from 'vitest';
import { dependencyGraph } from './dependency-graph.ts';
import { dependsOn } from './depends-on.ts';
import { findThings } from './find-things.ts';
import { literalWorld } from './testing.ts';
import { unknown, World } from './world.ts';

const at = new Date('2026-11-20T12:00:00Z');

const guest = (vmid: number, name: string, node: string, options: Record<string, string> = {}, uuid?: string) => ({
  node,
  vmid,
  name,
  type: 'qemu',
  status: 'running',
  template: false,
  tags: [],
  memoryBytes: 1,
  diskBytes: 1,
  uptimeSeconds: 1,
  config: { digest: 'd', protection: false, pending: [], options, ...(uuid && { uuid }) },
});
const dataset = {
  type: 'volume',
  used: 1,
  available: 1,
  referenced: 1,
  encryption: 'off',
  createdAt: '2026-01-01T00:00:00Z',
  properties: {},
};
const pool = {
  pool: {
    name: 'tank',
    guid: '1',
    state: 'ONLINE',
    work: [],
    vdevs: [],
    dataErrors: { state: 'listed', count: 0, names: [] },
  },
};

const world = literalWorld({
  nodes: {
    'k3s-1': {
      status: { nodeInfo: { systemUUID: '11111111-2222-3333-4444-555555555555' }, addresses: [], conditions: [] },
    },
  },
  pods: {
    'media/jellyfin-0': {
      spec: {
        nodeName: 'k3s-1',
        containers: [],
        volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'config' } }],
      },
    },
  },
  persistentVolumeClaims: { 'media/config': { spec: { volumeName: 'pvc-1' } } },
  persistentVolumes: { 'pvc-1': { spec: { csi: { driver: 'org.democratic-csi.zfs', volumeHandle: 'pvc-1' } } } },
  proxmoxNodes: { 'home/pve1': { online: true, votes: 1 }, 'home/pve2': { online: true, votes: 1 } },
  proxmoxGuests: {
    'home/101': guest(
      101,
      'renamed',
      'pve1',
      { scsi0: 'local-zfs:vm-101-disk-0,size=32G' },
      '11111111-2222-3333-4444-555555555555',
    ),
    'home/102': guest(102, 'k3s-1', 'pve2', {}, '99999999-2222-3333-4444-555555555555'),
  },
  zfsHosts: { pve1: { unread: [] } },
  zfsPools: { 'pve1/tank': pool },
  zfsDatasets: { 'pve1/tank/vm-101-disk-0': dataset, 'pve1/tank/k8s/pvc-1': dataset },
  zfsDisks: {
    'pve1/ata-A': {
      path: '/dev/disk/by-id/ata-A',
      allIds: [],
      kernelName: 'sda',
      serial: 'S1',
      sizeBytes: 1,
      uses: [],
      member: { pool: 'tank', vdevGuid: '5', top: 'raidz3-0', class: 'normal', state: 'ONLINE' },
    },
  },
  powerOutlets: { pve1: { host: 'pve1', strip: 'rack', child: 'AB00', idleWatts: 20, alsoFeeds: [] } },
});
const graph = dependencyGraph(world);
const reach = (id: string, direction: 'up' | 'down') => dependsOn(graph, id, direction).map(({ thing }) => thing.id);

test('what hangs on a disk goes up to the pod, through volumes and through the machine', () => {
  const up = reach('Disk pve1/ata-A', 'up');
  expect(up).toEqual(
    expect.arrayContaining([
      'Pool pve1/tank',
      'Dataset pve1/tank/vm-101-disk-0',
      'Guest home/101',
      'Node k3s-1',
      'PersistentVolume pvc-1',
      'PersistentVolumeClaim media/config',
      'Pod media/jellyfin-0',
    ]),
  );
  expect(up).not.toContain('Guest home/102');
});

test('what a pod stands on goes down to the outlet, and a uuid beats a name', () => {
  const down = reach('Pod media/jellyfin-0', 'down');
  expect(down).toEqual(
    expect.arrayContaining(['Node k3s-1', 'Guest home/101', 'Host pve1', 'Disk pve1/ata-A', 'Outlet rack/00']),
  );
  expect(down).not.toContain('Guest home/102');
});

test('things are found by serial number, id, name of a guest, and short key', () => {
  const find = (text: string) => findThings(graph, text).map(({ id }) => id);
  expect(find('s1')).toEqual(['Disk pve1/ata-A']);
  expect(find('101')).toEqual(['Guest home/101']);
  expect(find('pod/media/jellyfin-0')).toEqual(['Pod media/jellyfin-0']);
  expect(find('k3s-1').toSorted()).toEqual(['Guest home/102', 'Node k3s-1']);
  expect(find('nothing')).toEqual([]);
});

test('kinds as people call them, and an outlet by the host that it feeds', () => {
  const find = (text: string) => findThings(graph, text).map(({ id }) => id);
  expect(find('claim media/config')).toEqual(['PersistentVolumeClaim media/config']);
  expect(find('vm 101')).toEqual(['Guest home/101']);
  expect(find('Outlet pve1')).toEqual(['Outlet rack/00']);
  expect(find('pve1')).toEqual(['Host pve1']);
  expect(find('tank')).toEqual(['Pool pve1/tank']);
});

test('a pod stands on the datasets that it sees by a path of its node, and a guest on a storage of its host', () => {
  const at = (mountpoint: string) => ({ ...dataset, type: 'filesystem', mountpoint });
  const pathed = (path: string) => ({
    spec: { nodeName: 'nas', containers: [], volumes: [{ name: 'p', hostPath: { path } }] },
  });
  const found = dependencyGraph(
    literalWorld({
      nodes: { nas: {} },
      pods: { 'm/film': pathed('/tank/media/films'), 'm/all': pathed('/tank/media/'), 'm/root': pathed('/') },
      zfsHosts: { nas: { unread: [] } },
      zfsPools: { 'nas/tank': pool },
      zfsDatasets: {
        'nas/tank': at('/tank'),
        'nas/tank/media': at('/tank/media'),
        'nas/tank/media/tv': at('/tank/media/tv'),
      },
      proxmoxNodes: { 'home/pve1': { online: true, votes: 1 } },
      proxmoxGuests: { 'home/7': guest(7, 'db', 'pve1', { scsi0: 'thin:vm-7-disk-0,size=1G' }) },
      proxmoxStorages: {
        'home/pve1/thin': {
          node: 'pve1',
          storage: 'thin',
          type: 'lvmthin',
          shared: false,
          active: true,
          content: [],
          totalBytes: 1,
          usedBytes: 1,
        },
      },
    }),
  );
  const up = (id: string) => dependsOn(found, id, 'up').map(({ thing }) => thing.id);
  expect(up('Dataset nas/tank/media')).toEqual(['Pod m/film', 'Pod m/all']);
  expect(up('Dataset nas/tank/media/tv')).toEqual(['Pod m/all']);
  expect(up('Storage home/pve1/thin')).toEqual(['Guest home/7']);
});

test('a part that could not be read is told, not left out silently', () => {
  const blind = new World(at, { nodes: unknown('forbidden') });
  expect(dependencyGraph(blind).gaps).toEqual([{ part: 'nodes', reason: 'forbidden' }]);
});

test('a claim on Longhorn stands on the nodes that have all of its data, and on no other', () => {
  const replica = (on: string, failedAt: string) => ({
    spec: { volumeName: 'pvc-1', nodeID: on, healthyAt: '2026-11-01T00:00:00Z', failedAt },
  });
  const world = (failedAt: string) =>
    literalWorld({
      nodes: { 'w-1': {}, 'w-2': {} },
      persistentVolumeClaims: { 'media/config': { spec: { volumeName: 'pv-1' } } },
      persistentVolumes: { 'pv-1': { spec: { csi: { driver: 'driver.longhorn.io', volumeHandle: 'pvc-1' } } } },
      longhornVolumes: { 'longhorn-system/pvc-1': { spec: { numberOfReplicas: 2 } } },
      longhornReplicas: {
        'longhorn-system/pvc-1-r-1': replica('w-1', ''),
        'longhorn-system/pvc-1-r-2': replica('w-2', failedAt),
      },
    });
  const below = (failedAt: string) =>
    dependsOn(dependencyGraph(world(failedAt)), 'PersistentVolumeClaim media/config', 'down').map(
      ({ thing, via }) => `${thing.id}${via.why === undefined ? '' : ` (${via.why})`}`,
    );
  const volume = ['PersistentVolume pv-1', 'LonghornVolume pvc-1'];
  expect(below('')).toEqual([
    ...volume,
    'Node w-1 (one of 2 complete replicas)',
    'Node w-2 (one of 2 complete replicas)',
  ]);
  expect(below('2026-11-20T00:00:00Z')).toEqual([...volume, 'Node w-1 (its only complete replica)']);
  const graph = dependencyGraph(world(''));
  expect(findThings(graph, 'pvc-1-r-2').map(({ id }) => id)).toEqual(['LonghornVolume pvc-1']);
});
