import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createZfsClient } from '../../clients/zfs/client.ts';
import type { Finding } from '../../core/finding.ts';
import { poolObject } from '../../world/zfs/objects.ts';
import { ago, node, pod, run, worldOf } from '../testing.ts';
import zfsHelperVdevs from './helper-vdevs.ts';
import zfsMemory from './memory.ts';
import zfsPoolHealth from './pool-health.ts';
import zfsScrub from './scrub.ts';
import zfsSpace from './space.ts';
import { dataset, disk, group, host, pool, raidz3, snapshots } from './testing.ts';

const worldWith = (one: ReturnType<typeof pool>) => worldOf({ zfsPools: [one], zfsHosts: [host()] });
const codes = (findings: readonly Finding[]): string[] =>
  findings.map(({ fingerprint, severity }) => `${fingerprint.split(':').slice(0, 3).join(':')} ${severity}`);
const healthy = () => pool([raidz3('a'), raidz3('b')]);

describe('Z01 pool health', () => {
  test('a pool that is whole passes', () => {
    expect(run(zfsPoolHealth, worldWith(healthy())).status).toBe('pass');
  });

  test.each([
    [1, 'Z01:state:degraded high', 'raidz3-a can lose 2 more disks'],
    [3, 'Z01:state:bare critical', 'raidz3-a can lose no more disk'],
    [4, 'Z01:state:lost critical', 'raidz3-a has lost more disks than it can'],
  ])('%i lost disks: the message names the redundancy left', (lost, code, text) => {
    const gone = Object.fromEntries(Array.from({ length: lost }, (_, index) => [index, { state: 'FAULTED' }]));
    const { findings } = run(zfsPoolHealth, worldWith(pool([raidz3('a', gone), raidz3('b')])));
    expect(codes(findings)).toEqual([code]);
    expect(findings[0]?.message).toContain(text);
    expect(findings[0]?.evidence[0]).toContain('FAULTED');
  });

  test('a pool that says ONLINE and has counted write errors is a finding', () => {
    const one = pool([raidz3('a', { 3: { errors: { read: 0, write: 210_000, checksum: 0 } } })]);
    const { findings } = run(zfsPoolHealth, worldWith(one));
    expect(findings).toMatchObject([{ severity: 'high', message: expect.stringContaining('although it says ONLINE') }]);
  });

  test('errors on an inner row count while every disk shows none', () => {
    const row = group('raidz3-a', [disk('a0')], { errors: { read: 0, write: 0, checksum: 5 } });
    expect(run(zfsPoolHealth, worldWith(pool([row]))).status).toBe('fail');
  });

  test('the kernel knows of a suspension that the tool does not tell', () => {
    const { findings } = run(zfsPoolHealth, worldWith(pool([raidz3('a')], {}, { kernelState: 'SUSPENDED' })));
    expect(codes(findings)).toEqual(['Z01:suspended:pve1/tank critical']);
  });

  test('data errors without names are errors, and a list that may not be read is unknown', () => {
    const nameless = pool([raidz3('a')], { dataErrors: { state: 'listed', count: 3, names: [] } });
    expect(run(zfsPoolHealth, worldWith(nameless)).findings[0]?.evidence[0]).toContain('without names');
    const hidden = pool([raidz3('a')], { dataErrors: { state: 'unlisted', count: undefined, reason: 'denied' } });
    expect(run(zfsPoolHealth, worldWith(hidden)).status).toBe('unknown');
  });

  test('a host that could not be read is unknown and does not hide the others', () => {
    const world = worldOf({ zfsHosts: [host({ unread: [{ what: 'pools', reason: 'no route to host' }] })] });
    expect(run(zfsPoolHealth, world)).toMatchObject({ status: 'unknown', findings: [{ target: 'Host pve1' }] });
  });

  test('a cache that broke is no fault of the pool itself', () => {
    const one = pool([raidz3('a'), disk('cache', { class: 'l2cache', state: 'UNAVAIL' })], { state: 'DEGRADED' });
    expect(run(zfsPoolHealth, worldWith(one)).status).toBe('pass');
    expect(codes(run(zfsHelperVdevs, worldWith(one)).findings)).toEqual(['Z03:l2cache:broken low']);
  });
});

describe('Z02 scrub', () => {
  const scanned = (scan: object | undefined, object: object = {}) =>
    codes(run(zfsScrub, worldWith(pool([raidz3('a')], { scan }, { ...object }))).findings);
  const DAY = 24 * 60;
  const scrub = (more: object) => ({ kind: 'scrub', state: 'finished', errors: 0, startedAt: ago(DAY), ...more });

  test('a scrub that finished clean and lately passes', () => {
    expect(scanned(scrub({ endedAt: ago(34 * DAY) }))).toEqual([]);
  });
  test.each([
    ['long ago', scrub({ endedAt: ago(40 * DAY) }), 'Z02:overdue:pve1/tank high'],
    ['with unrepaired errors', scrub({ endedAt: ago(DAY), errors: 2 }), 'Z02:errors:pve1/tank high'],
    ['cancelled', scrub({ state: 'canceled', endedAt: ago(DAY) }), 'Z02:canceled:pve1/tank medium'],
    ['running for ever', scrub({ state: 'running', startedAt: ago(9 * DAY) }), 'Z02:stuck:pve1/tank high'],
    ['paused and forgotten', scrub({ state: 'paused', startedAt: ago(9 * DAY) }), 'Z02:paused:pve1/tank high'],
    ['resilver, long ago', scrub({ kind: 'resilver', endedAt: ago(40 * DAY) }), 'Z02:overdue:pve1/tank high'],
  ])('%s', (_, scan, code) => expect(scanned(scan)).toEqual([code]));

  test('running or paused since yesterday is fine', () => {
    expect(scanned(scrub({ state: 'running', startedAt: ago(DAY) }))).toEqual([]);
    expect(scanned(scrub({ state: 'paused', startedAt: ago(DAY) }))).toEqual([]);
  });
  test('never scrubbed: by the age of the pool', () => {
    const bare = (createdAt?: string) => {
      const one = pool([raidz3('a')], {}, createdAt === undefined ? {} : { createdAt });
      const { scan: _, ...facts } = one['pool'] as Record<string, unknown>;
      return run(zfsScrub, worldWith({ ...one, pool: facts }));
    };
    expect(bare(ago(3 * DAY)).status).toBe('pass');
    expect(bare(ago(60 * DAY)).status).toBe('fail');
    expect(bare().status).toBe('unknown');
  });
});

describe('Z03 helpers', () => {
  const mirror = (name: string, more: object[], own: object) =>
    group(
      name,
      more.map((each, index) => disk(`${name}${index}`, { ...each })),
      { ...own },
    );
  const codesOf = (vdevs: Parameters<typeof pool>[0], object: object = {}) =>
    codes(run(zfsHelperVdevs, worldWith(pool(vdevs, {}, { ...object }))).findings);

  test('a special vdev with nothing left is critical, one that still has a mirror is not', () => {
    const special = { class: 'special' };
    const half = mirror('mirror-1', [{ state: 'OFFLINE' }, {}], special);
    expect(codesOf([raidz3('a'), half])).toContain('Z03:special:bare critical');
    const third = mirror('mirror-1', [{ state: 'OFFLINE' }, {}, {}], special);
    expect(codesOf([raidz3('a'), third])).toContain('Z03:special:broken high');
    expect(codesOf([raidz3('a'), disk('s', special)])).toEqual([`Z03:weak:${disk('s')['guid'] as string} critical`]);
  });
  test('a lone log that is being replaced is the same lone log', () => {
    const old = disk('l', { class: 'log' });
    const both = group('replacing-0', [disk('l'), disk('m')], { class: 'log' });
    expect(codesOf([raidz3('a'), both])).toEqual(codesOf([raidz3('a'), old]));
  });
  test('a lost log is high, a lone log that works is only noted, a mirrored one is fine', () => {
    expect(codesOf([raidz3('a'), disk('l', { class: 'log', state: 'UNAVAIL' })])).toEqual(['Z03:log:broken high']);
    expect(codesOf([raidz3('a'), disk('l', { class: 'log' })])[0]).toMatch(/^Z03:lone:.* low$/);
    expect(codesOf([raidz3('a'), mirror('mirror-2', [{}, {}], { class: 'log' })])).toEqual([]);
  });
  test('what was declared and is gone is missed; what was taken out on purpose is not', () => {
    expect(codesOf([raidz3('a')], { layout: { l2cache: 1 } })).toEqual(['Z03:missing:l2cache low']);
    expect(codesOf([raidz3('a')])).toEqual([]);
    expect(codesOf([raidz3('a'), disk('c', { class: 'l2cache' })], { layout: { l2cache: 1 } })).toEqual([]);
  });
  test('a spare at rest and a spare at work are fine', () => {
    expect(codesOf([raidz3('a'), disk('s', { class: 'spare', state: 'AVAIL' })])).toEqual([]);
    expect(codesOf([raidz3('a'), disk('s', { class: 'spare', state: 'INUSE' })])).toEqual([]);
  });
});

describe('Z04 space and policy', () => {
  const space = (more: object) => ({ space: { size: 100, allocated: 50, free: 50, capacity: 50, ...more } });
  const codesOf = (more: object, things: object = {}) =>
    codes(
      run(zfsSpace, worldOf({ zfsPools: [pool([raidz3('a')], {}, space(more))], zfsHosts: [host()], ...things }))
        .findings,
    );
  test.each([
    [{ capacity: 79 }, []],
    [{ capacity: 80 }, ['Z04:full:high medium']],
    [{ capacity: 91 }, ['Z04:full:critical high']],
    [{ capacity: 66, used: 95, available: 5 }, ['Z04:full:critical high']],
    [{ fragmentation: 60 }, []],
    [{ fragmentation: 61 }, ['Z04:fragmented:pve1/tank low']],
  ])('%j', (more, expected) => expect(codesOf(more)).toEqual(expected));

  test('snapshots that hold a third of the pool, and ones that do not', () => {
    const held = (usedBytes: number) => ({ zfsSnapshots: [snapshots('tank/media', { usedBytes })] });
    expect(codesOf({ used: 60, available: 100 }, held(30))).toEqual(['Z04:snapshots:pve1/tank medium']);
    expect(codesOf({ used: 60, available: 100 }, held(10))).toEqual([]);
  });
  test('a policy that is not kept; without a policy an old snapshot is fine', () => {
    const tree = (properties: object) => ({
      zfsDatasets: [dataset('tank', { properties }), dataset('tank/media')],
      zfsSnapshots: [
        snapshots('tank', { newest: { name: 'a', guid: '1', createdAt: ago(60) } }),
        snapshots('tank/media', { newest: { name: 'a', guid: '1', createdAt: ago(60 * 50) } }),
      ],
    });
    expect(codesOf({}, tree({ 'steward.dev:snapshot-hours': '24' }))).toEqual(['Z04:policy:pve1/tank/media medium']);
    expect(codesOf({}, tree({}))).toEqual([]);
  });
});

describe('Z05 memory', () => {
  const GIB = 1024 ** 3;
  const statusWith = (maxGiB: number, limit: string, on = 'pve1') =>
    run(
      zfsMemory,
      worldOf({
        zfsHosts: [host({ memoryBytes: 256 * GIB, arc: { sizeBytes: 0, maxBytes: maxGiB * GIB, hits: 1, misses: 1 } })],
        nodes: [node('pve1')],
        pods: [
          pod(
            'ai/ollama',
            {},
            {
              spec: {
                nodeName: on,
                containers: [{ name: 'main', image: 'x', resources: { limits: { memory: limit } } }],
              },
            },
          ),
        ],
      }),
    ).status;
  test('ARC and the model server together are too much', () => {
    expect(statusWith(128, '176Gi')).toBe('fail');
  });
  test('with a smaller ARC, on another host, or with a small pod they fit', () => {
    expect(statusWith(48, '176Gi')).toBe('pass');
    expect(statusWith(128, '176Gi', 'other')).toBe('pass');
    expect(statusWith(240, '8Gi')).toBe('pass');
  });
});

// The oracle: recordings of OpenZFS 2.3.9; what was done to each pool stands in the README beside them.
describe('the recordings', () => {
  const folder = join(import.meta.dirname, '../../../test/fixtures/openzfs-2.3.9');
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const poolsOf = (scenario: string) =>
    createZfsClient({
      runner: {
        host: 'pve1',
        identity: async () => '',
        close: async () => undefined,
        run: async ({ argv }) => ({
          exitCode: 0,
          stderr: '',
          stdout: argv[1] === 'version' ? 'zfs-2.3.9\n' : read(`${scenario}.status-jpvPs.json`),
        }),
      },
    }).pools(AbortSignal.timeout(5_000));
  const failing = async (scenario: string): Promise<string[]> => {
    const objects = (await poolsOf(scenario)).map((one) => ({
      ...poolObject('pve1', one, {}),
      metadata: { name: one.name, namespace: 'pve1' },
    }));
    const world = worldOf({ zfsPools: objects, zfsHosts: [host()] });
    return [zfsPoolHealth, zfsHelperVdevs]
      .flatMap((check) => run(check, world).findings)
      .filter(({ severity }) => severity !== 'low')
      .map(({ fingerprint }) =>
        fingerprint
          .split(':')
          .slice(0, fingerprint.startsWith('Z01:errors') ? 2 : 3)
          .join(':'),
      )
      .toSorted();
  };

  test.each<[string, readonly string[]]>([
    ['00-no-pools', []],
    ['01-raidz3-log-cache-special-spare-healthy', []],
    ['02-scrub-finished', []],
    ['03-scrub-in-progress', []],
    ['06-checksum-errors-repaired', ['Z01:errors']],
    ['07-disk-offline', ['Z01:state:degraded']],
    ['08-disk-faulted-external', ['Z01:state:bare', 'Z03:special:bare']],
    ['10-resilver-finished', ['Z01:errors', 'Z01:state:bare', 'Z03:special:bare']],
    ['16-missing-device-raidz3', ['Z01:state:bare', 'Z03:special:bare']],
    ['20-permanent-errors', ['Z01:data:pve1/solo', 'Z01:errors']],
    ['26-raidz-expand-in-progress', []],
    ['28-draid-healthy', []],
    ['32-removal-finished', []],
    ['45-hot-unplugged-still-ONLINE', ['Z01:data:pve1/solo', 'Z01:errors']],
    // What is counted while it is suspended is tried again: it is not lost yet.
    ['51-suspended', ['Z01:suspended:pve1/susp']],
  ])('%s', async (scenario, expected) => expect(await failing(scenario)).toEqual(expected));

  test('every recording can be judged', async () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.status-jpvPs.json')))
      expect(await failing(file.replace('.status-jpvPs.json', '')), file).toBeInstanceOf(Array);
  });
});
