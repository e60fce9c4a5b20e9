import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createZfsClient } from '../../clients/zfs/client.ts';
import { createZfsHosts } from '../../clients/zfs/hosts.ts';
import { ManualClock } from '../../core/clock.ts';
import { createWorldReader } from '../create-reader.ts';
import { schemas } from '../kubernetes/schema.ts';
import type { World } from '../world.ts';
import { datasetOfVolume, homeOf, ownerOf, type ZfsRelationParts } from './relations.ts';

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/openzfs-2.3.9', name), 'utf8');

/** A host that answers with recordings; what it does not know fails as the tool would. */
const hostOf = (name: string, answers: Readonly<Record<string, string>>) =>
  createZfsClient({
    runner: {
      host: name,
      identity: async () => name,
      close: async () => undefined,
      async run({ argv }) {
        const line = argv.join(' ');
        const found = Object.entries(answers).find(([start]) => line.startsWith(start));
        return found
          ? { exitCode: 0, stdout: found[1], stderr: '' }
          : { exitCode: 1, stdout: '', stderr: `${argv[0] ?? ''}: cannot do that` };
      },
    },
  });

const tank = (scenario: string): Record<string, string> => ({
  'zfs version': 'zfs-2.3.9-0\nzfs-kmod-2.3.9-0\n',
  'zpool status': recorded(`${scenario}.status-jpvPs.json`),
  'zpool list': 'tank\t14240067266843966631\t3087007744\t459335168\t2627672576\t0\t14\tONLINE\n',
  'cat /proc/spl/kstat/zfs/tank/state': 'ONLINE\n',
  'cat /proc/spl/kstat/zfs/susp/state': 'SUSPENDED\n',
  'cat /proc/spl/kstat/zfs/arcstats': 'name type data\nhits 4 90\niohits 4 0\nmisses 4 10\nsize 4 1000\nc_max 4 2000\n',
  'cat /proc/meminfo': 'MemTotal:       1000 kB\n',
  'zfs list -H -p -t filesystem,volume': [
    'tank\t1\tfilesystem\t332469760\t1064816640\t24576\t/tank\t-\toff\t-\t1795300000',
    'tank/vols\t2\tfilesystem\t70291456\t1064816640\t24576\t/tank/vols\t-\toff\t-\t1795300000',
    'tank/vols/pvc-1\t3\tvolume\t70266880\t1135071232\t12288\t-\t-\toff\t-\t1795300000',
    'tank/vm-103-disk-0\t4\tvolume\t70266880\t1135071232\t12288\t-\t-\toff\t-\t1795300000',
    'tank/media\t5\tfilesystem\t70266880\t1135071232\t12288\t/tank/media\t-\toff\t-\t1795300000',
    '',
  ].join('\n'),
  'zfs list -H -p -t snapshot': [
    'tank/media@a\t11\t10\t5\t1795300100\t0\t-',
    'tank/media@b\t12\t20\t5\t1795300200\t1\ttank/clone',
    'tank/media@__replicate_103-0_1__\t13\t0\t5\t1795300150\t0\t-',
    '',
  ].join('\n'),
  'zfs get':
    'tank/vols/pvc-1\tdemocratic-csi:managed_resource\ttrue\tlocal\ntank\tsteward.dev:layout\tlog:1,l2cache:1\tlocal\n',
  lsblk: JSON.stringify({ blockdevices: [{ name: 'sda', type: 'disk', serial: 'LAB01', size: 419430400 }] }),
  'ls -l': recorded('00-by-id.txt'),
});

const look = (clients: ReturnType<typeof hostOf>[]): Promise<World> =>
  createWorldReader({ zfs: createZfsHosts(clients), clock: new ManualClock('2026-11-22T00:00:00Z') }).world({
    maxAgeMs: 0,
    signal: AbortSignal.timeout(5_000),
  });
const valueOf = (world: World, part: 'zfsPools' | 'zfsDatasets' | 'zfsSnapshots' | 'zfsDisks' | 'zfsHosts') => {
  const found = world.part(part);
  if (found.state !== 'known') throw new Error(`${part} is ${found.state}`);
  return found.value as ReadonlyMap<string, never>;
};

test('a host becomes pools, datasets, counted snapshots and disks, keyed by host and name', async () => {
  const world = await look([hostOf('pve1', tank('07-disk-offline'))]);
  expect(valueOf(world, 'zfsPools').get('pve1/tank')).toMatchObject({
    metadata: { name: 'tank', namespace: 'pve1', uid: '14240067266843966631' },
    pool: { state: 'DEGRADED' },
    kernelState: 'ONLINE',
    space: { capacity: 14, available: 1064816640 },
    layout: { log: 1, l2cache: 1 },
  });
  expect(valueOf(world, 'zfsSnapshots').get('pve1/tank/media')).toMatchObject({
    count: 3,
    usedBytes: 30,
    newest: { name: 'b' },
    held: ['b'],
    cloned: [{ name: 'b', clones: ['tank/clone'] }],
    marked: ['__replicate_103-0_1__'],
  });
  expect(valueOf(world, 'zfsDisks').get('pve1/scsi-0QEMU_QEMU_HARDDISK_LAB01')).toMatchObject({
    serial: 'LAB01',
    member: { pool: 'tank', top: 'raidz3-0', class: 'normal', state: 'ONLINE' },
  });
  expect(valueOf(world, 'zfsHosts').get('pve1')).toMatchObject({
    version: '2.3.9-0',
    memoryBytes: 1_024_000,
    arc: { hits: 90, misses: 10, maxBytes: 2000 },
    unread: [],
  });
});

test('owners: csi by property, home of volumes, guests by name, replication by snapshot, and nobody', async () => {
  const world = await look([hostOf('pve1', tank('07-disk-offline'))]);
  const parts: ZfsRelationParts = {
    zfsDatasets: valueOf(world, 'zfsDatasets'),
    zfsSnapshots: valueOf(world, 'zfsSnapshots'),
  };
  expect(ownerOf('pve1/tank/vols/pvc-1', parts)?.kind).toBe('csi');
  expect(homeOf('pve1/tank/vols', parts)?.kind).toBe('csi');
  expect(ownerOf('pve1/tank/vols', parts)).toBeUndefined();
  expect(ownerOf('pve1/tank/vm-103-disk-0', parts)).toMatchObject({ kind: 'pve', by: 'guest 103 of Proxmox' });
  expect(ownerOf('pve1/tank/media', parts)?.kind).toBe('replication');
  expect(ownerOf('pve1/tank', parts)).toBeUndefined();
});

test.each([
  ['org.democratic-csi.local-zfs', 'pvc-1', {}, 'pve1/tank/vols/pvc-1'],
  ['zfs.csi.openebs.io', 'pvc-1', { 'openebs.io/poolname': 'tank/vols' }, 'pve1/tank/vols/pvc-1'],
  ['zfs.csi.openebs.io', 'pvc-1', { 'openebs.io/poolname': 'rpool' }, undefined],
  ['driver.longhorn.io', 'pvc-1', {}, undefined],
  ['org.democratic-csi.local-zfs', 'pvc-2', {}, undefined],
])('%s %s %j lies on %s', async (driver, volumeHandle, volumeAttributes, expected) => {
  const world = await look([hostOf('pve1', tank('07-disk-offline'))]);
  const volume = schemas.persistentVolumes.parse({
    metadata: { name: 'pv' },
    spec: { csi: { driver, volumeHandle, volumeAttributes } },
  });
  const parts = { zfsDatasets: valueOf(world, 'zfsDatasets'), persistentVolumes: new Map([['pv', volume]]) };
  expect(datasetOfVolume(volume, parts)).toBe(expected);
});

test('a suspended pool: nothing but its status is asked for, and the rest of the host is unknown with the reason', async () => {
  const world = await look([hostOf('pve1', tank('51-suspended'))]);
  expect(valueOf(world, 'zfsPools').get('pve1/susp')).toMatchObject({ kernelState: 'SUSPENDED' });
  expect(world.part('zfsDatasets')).toEqual({ state: 'unknown', reason: 'pve1: susp is suspended' });
});

test('a host that does not answer does not hide the others, and is named', async () => {
  const world = await look([hostOf('pve1', tank('07-disk-offline')), hostOf('pve2', {})]);
  expect([...valueOf(world, 'zfsPools').keys()]).toEqual(['pve1/tank']);
  expect(valueOf(world, 'zfsHosts').get('pve2')).toMatchObject({
    unread: expect.arrayContaining([expect.objectContaining({ what: 'pools' })]),
  });
  const alone = await look([hostOf('pve2', {})]);
  expect(alone.part('zfsPools').state).toBe('unknown');
  expect(alone.part('zfsDisks').state).toBe('unknown');
});

test('without ZFS every part of it is absent', async () => {
  const world = await createWorldReader({ clock: new ManualClock('2026-11-22T00:00:00Z') }).world({
    maxAgeMs: 0,
    signal: AbortSignal.timeout(1_000),
  });
  expect(world.part('zfsPools')).toEqual({ state: 'absent' });
});
