import { describe, expect, test } from 'vitest';
import type { Effect } from '../../core/effect.ts';
import { meta, node, planned, pod, run, type Things, worldOf } from '../testing.ts';
import check from './planned.ts';
import { dataset, disk, group, guidOf, host, hostDisk, pool, raidz3, snapshots, target, touching } from './testing.ts';

type Planned = ReturnType<typeof touching>;

/** What Z06 says about one write: `rule effect`, the effect that of the check when none is named. */
const judged = (change: Planned, things: Things, unread: Parameters<typeof worldOf>[1] = []): string[] =>
  run(check, planned(worldOf({ zfsHosts: [host()], ...things }, unread), change)).findings.map(
    ({ fingerprint, introduced }) => `${fingerprint.split(':')[1] ?? ''} ${introduced ?? 'deny'}`,
  );

const tank = (...vdevs: Parameters<typeof pool>[0]) => ({ zfsPools: [pool(vdevs.length > 0 ? vdevs : [raidz3('a')])] });

test('without a change it does not apply, and other systems are not its business', () => {
  expect(run(check, worldOf(tank())).status).toBe('not_applicable');
  const elsewhere = {
    touches: [{ target: { system: 'kubernetes', kind: 'Pod', name: 'x' }, verb: 'delete' }],
  } as const;
  expect(run(check, planned(worldOf(tank()), elsewhere)).status).toBe('pass');
});

describe('a suspended pool', () => {
  const suspended = { zfsPools: [pool([raidz3('a')], { state: 'SUSPENDED' })], zfsDatasets: [dataset('tank/media')] };
  test('nothing is sent to it', () => {
    expect(judged(touching('patch', 'Scrub', 'tank'), suspended)).toEqual(['suspended deny']);
    expect(judged(touching('create', 'Snapshot', 'tank/media@steward-1'), suspended)).toEqual(['suspended deny']);
  });
  test('clearing waits until every device is back', () => {
    const clear = touching('patch', 'PoolErrors', 'tank');
    const back = Array.from({ length: 10 }, (_, index) => hostDisk(`a${index}`));
    expect(judged(clear, { ...suspended, zfsDisks: back.slice(1) })).toEqual(['away deny']);
    expect(judged(clear, { ...suspended, zfsDisks: back })).toEqual([]);
  });
});

describe('errors', () => {
  const clear = touching('patch', 'PoolErrors', 'tank');
  test('a list that could not be read would be forgotten; one that was read is on record', () => {
    const hidden = {
      zfsPools: [pool([raidz3('a')], { dataErrors: { state: 'unlisted', count: 3, reason: 'denied' } })],
    };
    expect(judged(clear, hidden)).toEqual(['unlisted deny']);
    const listed = { zfsPools: [pool([raidz3('a')], { dataErrors: { state: 'listed', count: 1, names: ['/x'] } })] };
    expect(judged(clear, listed)).toEqual([]);
  });
});

describe('scrub', () => {
  const scrub = touching('patch', 'Scrub', 'tank');
  const doing = (facts: object) => judged(scrub, { zfsPools: [pool([raidz3('a')], { ...facts })] });
  test('not while a resilver, a rebuild or an expansion runs', () => {
    expect(doing({ scan: { kind: 'resilver', state: 'running', errors: 0 } })).toEqual(['busy deny']);
    expect(doing({ scan: { kind: 'rebuild', state: 'running', errors: 0 } })).toEqual(['busy deny']);
    expect(doing({ work: [{ kind: 'raidz_expansion', state: 'running' }] })).toEqual(['busy deny']);
  });
  test('after one has finished, and while a scrub runs that is to be paused', () => {
    expect(doing({ scan: { kind: 'resilver', state: 'finished', errors: 0 } })).toEqual([]);
    expect(doing({ work: [{ kind: 'raidz_expansion', state: 'finished' }] })).toEqual([]);
    expect(doing({ scan: { kind: 'scrub', state: 'running', errors: 0 } })).toEqual([]);
  });
});

describe('offline', () => {
  const out = (vdevs: Parameters<typeof pool>[0], name: string, after: Parameters<typeof pool>[0]) => {
    const effects: Effect[] = [{ op: 'put', part: 'zfsPools', id: 'pve1/tank', value: pool(after) }];
    return judged(touching('patch', 'VdevOffline', `tank/${guidOf(name)}`, { effects }), { zfsPools: [pool(vdevs)] });
  };
  const without = (...lost: number[]) =>
    raidz3('a', Object.fromEntries(lost.map((index) => [index, { state: 'OFFLINE' }])));
  const special = (...states: string[]) =>
    group(
      'mirror-1',
      states.map((state, index) => disk(`s${index}`, { state })),
      { class: 'special' },
    );
  test('the last redundancy asks and says so, more than that is denied', () => {
    expect(out([without(0, 1)], 'a2', [without(0, 1, 2)])).toEqual(['bare ask']);
    expect(out([without(0, 1, 2)], 'a3', [without(0, 1, 2, 3)])).toEqual(['lost deny']);
    expect(out([special('ONLINE', 'ONLINE')], 's0', [special('OFFLINE', 'ONLINE')])).toEqual(['bare ask']);
  });
  test('with something left it has nothing to say', () => {
    expect(out([without()], 'a0', [without(0)])).toEqual([]);
  });
  test('a guid that is not in the pool', () => {
    expect(judged(touching('patch', 'VdevOffline', 'tank/999'), tank())).toEqual(['unknown-vdev deny']);
  });
});

describe('replace', () => {
  const member = (name: string, top: string) => ({
    member: { pool: 'tank', vdevGuid: guidOf(name), top, class: 'normal', state: 'ONLINE' },
    uses: ['partition sda1', 'holds zfs_member'],
  });
  const members = Array.from({ length: 10 }, (_, index) => hostDisk(`a${index}`, member(`a${index}`, 'raidz3-a')));
  const failed = { ...tank(raidz3('a', { 3: { state: 'FAULTED' } })) };
  const replace = (
    old: string,
    fresh: string,
    things: Things = {},
    verb: 'VdevReplace' | 'VdevAttach' = 'VdevReplace',
  ) =>
    judged(touching('patch', verb, `tank/${guidOf(old)}:/dev/disk/by-id/ata-${fresh}`), {
      ...failed,
      zfsDisks: [...members, hostDisk('new')],
      ...things,
    });
  const withNew = (more: object) => ({ zfsDisks: [...members, hostDisk('new', { ...more })] });

  test('the failed disk by an empty one of its size', () => {
    expect(replace('a3', 'new')).toEqual([]);
    expect(replace('a3', 'new', withNew({ sizeBytes: 20_000, physicalSectorBytes: 512 }))).toEqual([]);
  });
  test.each([
    ['a disk of the same pool', 'a5', {}, 'disk-in-use deny'],
    ['one with partitions', 'new', withNew({ uses: ['partition sdx1'] }), 'disk-in-use deny'],
    ['one that is mounted', 'new', withNew({ uses: ['mounted at /mnt'] }), 'disk-in-use deny'],
    ['one that is not there', 'gone', {}, 'no-disk deny'],
    ['one without a serial', 'new', withNew({ serial: undefined }), 'no-serial deny'],
    ['one byte too small', 'new', withNew({ sizeBytes: 17_999 }), 'too-small deny'],
    ['larger sectors', 'new', withNew({ physicalSectorBytes: 8192 }), 'sectors deny'],
  ])('not by %s', (_, fresh, things, expected) => expect(replace('a3', fresh, things)).toEqual([expected]));

  test('a disk in use is no lesson about datasets', () => {
    const change = touching('patch', 'VdevReplace', `tank/${guidOf('a3')}:/dev/disk/by-id/ata-a5`);
    const world = worldOf({ zfsHosts: [host()], ...failed, zfsDisks: members });
    expect(run(check, planned(world, change)).findings.map(({ lessons }) => lessons)).toEqual([[]]);
  });

  test('not a healthy disk while another one has failed; one that counts errors, or any when none failed, may be', () => {
    expect(replace('a5', 'new')).toEqual(['healthy deny']);
    const counting = { 5: { errors: { read: 0, write: 9, checksum: 0 } } };
    expect(replace('a5', 'new', tank(raidz3('a', { 3: { state: 'FAULTED' }, ...counting })))).toEqual([]);
    expect(replace('a5', 'new', tank())).toEqual([]);
  });
  test('attaching waits for a checkpoint and for what runs', () => {
    const attach = (facts: object, to = 'row raidz3-a') =>
      replace(to, 'new', { zfsPools: [pool([raidz3('a')], { ...facts })] }, 'VdevAttach');
    expect(attach({})).toEqual([]);
    expect(attach({ work: [{ kind: 'checkpoint', state: 'exists' }] })).toEqual(['checkpoint deny']);
    expect(attach({ work: [{ kind: 'raidz_expansion', state: 'running' }] })).toEqual(['busy deny']);
    // ZFS makes no mirror inside of a raidz.
    expect(attach({}, 'a3')).toEqual(['no-mirror deny']);
  });
});

describe('datasets', () => {
  const csi = dataset('tank/k8s/pvc-1', { properties: { 'democratic-csi:csi_volume_name': 'pvc-1' } });
  const tree: Things = {
    ...tank(),
    zfsDatasets: [dataset('tank'), dataset('tank/media'), dataset('tank/k8s'), csi, dataset('tank/vm-101-disk-0')],
    zfsSnapshots: [snapshots('tank/media'), snapshots('tank/k8s/pvc-1')],
  };
  const back = (name: string, snapshot: string) =>
    touching('patch', 'Dataset', name, {
      targets: [target('Dataset', name), target('Snapshot', `${name}@${snapshot}`)],
    });

  test('rollback to the newest snapshot of a dataset that nobody uses', () => {
    expect(judged(back('tank/media', 'daily'), tree)).toEqual([]);
  });
  test('not past newer ones, not of what belongs to others, not under a running pod', () => {
    expect(judged(back('tank/media', 'weekly'), tree)).toEqual(['newer deny']);
    expect(judged(back('tank/k8s/pvc-1', 'daily'), tree)).toEqual(['owned deny']);
    const used = {
      nodes: [node('pve1')],
      pods: [
        pod(
          'media/jellyfin',
          {},
          { spec: { nodeName: 'pve1', volumes: [{ name: 'm', hostPath: { path: '/tank/media/films' } }] } },
        ),
      ],
    };
    expect(judged(back('tank/media', 'daily'), { ...tree, ...used })).toEqual(['in-use deny']);
    const elsewhere = { ...used, nodes: [node('other')] };
    expect(judged(back('tank/media', 'daily'), { ...tree, ...elsewhere })).toEqual([]);
  });
  test('a volume by its PersistentVolume alone', () => {
    const volume = {
      metadata: meta('pv-1'),
      spec: { csi: { driver: 'org.democratic-csi.local-zfs', volumeHandle: 'pvc-9' } },
    };
    const bare = { ...tree, zfsDatasets: [dataset('tank/k8s/pvc-9')], zfsSnapshots: [snapshots('tank/k8s/pvc-9')] };
    expect(judged(back('tank/k8s/pvc-9', 'daily'), { ...bare, persistentVolumes: [volume] })).toEqual(['owned deny']);
    expect(judged(back('tank/k8s/pvc-9', 'daily'), bare)).toEqual([]);
  });
  test('what cannot be read is a no', () => {
    expect(judged(back('tank/media', 'daily'), tree, ['zfsSnapshots'])).toContain('unread deny');
  });

  const destroy = (name: string) => touching('delete', 'Snapshot', name);
  const withSnapshots = (more: object) => ({ ...tree, zfsSnapshots: [snapshots('tank/media', { ...more })] });
  test('a snapshot goes when nobody needs it', () => {
    expect(judged(destroy('tank/media@daily'), tree)).toEqual([]);
    expect(
      judged(destroy('tank/media@daily'), withSnapshots({ held: ['other'], marked: ['__replicate_1'] })),
    ).not.toContain('needed deny');
  });
  test.each([
    [{ held: ['daily'] }],
    [{ cloned: [{ name: 'daily', clones: ['tank/clone'] }] }],
    [{ marked: ['daily'] }],
  ])('and stays with %j', (more) =>
    expect(judged(destroy('tank/media@daily'), withSnapshots(more))).toEqual(['needed deny']),
  );
  test('a snapshot of a CSI volume stays, one of ours there goes', () => {
    expect(judged(destroy('tank/k8s/pvc-1@snapshot-1'), tree)).toEqual(['needed deny']);
    expect(judged(destroy('tank/k8s/pvc-1@steward-1'), tree)).toEqual([]);
  });

  test('new snapshots: where there is room; on a CSI volume a person is asked', () => {
    expect(judged(touching('create', 'Snapshot', 'tank/media@steward-1'), tree)).toEqual([]);
    expect(judged(touching('create', 'Snapshot', 'tank/k8s/pvc-1@steward-1'), tree)).toEqual(['blocks-owner ask']);
    const full = { ...tree, zfsDatasets: [dataset('tank/media', { available: 0 })] };
    expect(judged(touching('create', 'Snapshot', 'tank/media@steward-1'), full)).toEqual(['no-space deny']);
  });
  test('new datasets: beside a storage, not inside', () => {
    expect(
      judged(touching('create', 'Dataset', 'tank/photos'), {
        ...tree,
        zfsDatasets: [dataset('tank'), dataset('tank/media')],
      }),
    ).toEqual([]);
    expect(judged(touching('create', 'Dataset', 'tank/k8s/mine'), tree)).toEqual(['parent-owned deny']);
    expect(judged(touching('create', 'Dataset', 'tank/k8s/pvc-1/mine'), tree)).toEqual(['parent-owned deny']);
  });
  test('properties: of our own datasets only', () => {
    expect(judged(touching('patch', 'Property', 'tank/media:quota'), tree)).toEqual([]);
    expect(judged(touching('patch', 'Property', 'tank/k8s/pvc-1:quota'), tree)).toEqual(['owned deny']);
    expect(judged(touching('patch', 'Property', 'tank/vm-101-disk-0:quota'), tree)).toEqual(['owned deny']);
  });
});
