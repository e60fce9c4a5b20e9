import { describe, expect, test } from 'vitest';
import { matchCommand } from '../../../src/clients/command/spec.ts';
import { argvOf, zfsCommands } from '../../../src/clients/zfs/commands.ts';
import { redundancyOf, sumErrors, vdevsWithErrors } from '../../../src/clients/zfs/health.ts';
import { type Pool, type Vdev, walkVdevs } from '../../../src/clients/zfs/model.ts';
import { parseStatusJson } from '../../../src/clients/zfs/status-json.ts';
import { parseStatusText } from '../../../src/clients/zfs/status-text.ts';
import { type LabUnderTest, labOf, permit, RECORDED, recorded, signal } from './support.ts';

/** The lab's `zpool` and `zfs`, read by the product's own parsers, against what real OpenZFS 2.3.9 said in the same situation. */

const tank = async ({ zfs }: LabUnderTest): Promise<Pool> => {
  const found = (await zfs.pools(signal)).find(({ name }) => name === 'tank');
  if (!found) throw new Error('the pool is gone');
  return found;
};
const leaf = async (lab: LabUnderTest, serial: string): Promise<Vdev> => {
  const found = [...walkVdevs((await tank(lab)).vdevs)].find(({ path, was }) => (path ?? was ?? '').includes(serial));
  if (!found) throw new Error(`no disk ${serial}`);
  return found;
};
const disk = (number: number) => `/dev/disk/by-id/scsi-HARDDISK_LAB${String(number).padStart(2, '0')}`;
const write = async (lab: LabUnderTest, verb: 'offline' | 'online', serial: string) =>
  lab.zfs.write({ verb, pool: 'tank', vdevGuid: (await leaf(lab, serial)).guid }, permit, signal);

/** Everything but names, guids, places and times: two hosts are not the same host. */
const shape = ({ state, msgid, status, action, scan, work, vdevs, dataErrors }: Pool) => ({
  state,
  msgid,
  status,
  action,
  scan: scan && [scan.kind, scan.state, scan.errors],
  work,
  vdevs: vdevs.filter(({ class: group }) => group !== 'l2cache').map(shapeOf),
  dataErrors,
});
const shapeOf = (vdev: Vdev): unknown => [
  vdev.type,
  vdev.class,
  vdev.state,
  vdev.type === 'disk' ? '' : vdev.name.replace(/-\d+$/, ''),
  [vdev.errors.read, vdev.errors.write, vdev.errors.checksum > 0],
  vdev.aux === 'ERR_EXCEEDED' ? 'EXTERNAL' : vdev.aux,
  vdev.children.map(shapeOf),
];

/** What was done to the real pool, done to the lab's. */
const SCENARIOS: Readonly<Record<string, (lab: LabUnderTest) => Promise<void>>> = {
  '01-raidz3-log-cache-special-spare-healthy': async () => undefined,
  async '02-scrub-finished'(lab) {
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    lab.clock.advance(21_000);
  },
  async '03-scrub-in-progress'(lab) {
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
  },
  async '04-scrub-paused'(lab) {
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    lab.clock.advance(5_000);
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'pause' }, permit, signal);
  },
  async '05-scrub-canceled'(lab) {
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'stop' }, permit, signal);
  },
  async '06-checksum-errors-repaired'(lab) {
    lab.lab.damage('LAB03', 916);
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    lab.clock.advance(21_000);
  },
  async '07-disk-offline'(lab) {
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    lab.clock.advance(21_000);
    await write(lab, 'offline', 'LAB04');
  },
  async '08-disk-faulted-external'(lab) {
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    lab.clock.advance(21_000);
    lab.lab.break('LAB05', { state: 'faulted' });
    await write(lab, 'offline', 'LAB08');
  },
  async '09-resilver-replacing-in-progress'(lab) {
    await write(lab, 'offline', 'LAB08');
    const { guid } = await leaf(lab, 'LAB06');
    await lab.zfs.write({ verb: 'replace', pool: 'tank', vdevGuid: guid, disk: disk(14) }, permit, signal);
  },
};

describe('the pool of the recordings', () => {
  test.each(Object.keys(SCENARIOS))('%s: the parsed status is what the real one was', async (scenario) => {
    const lab = labOf();
    await SCENARIOS[scenario]?.(lab);
    const [real] = parseStatusJson(recorded(`${scenario}.status-jpvPs.json`));
    const own = await tank(lab);
    expect(real && shape(own)).toEqual(real && shape(real));
  });

  test.each(Object.keys(SCENARIOS))('%s: an older host says the same as text', async (scenario) => {
    const lab = labOf();
    await SCENARIOS[scenario]?.(lab);
    const json = await lab.zfs.pools(signal);
    const outcome = lab.lab.run(argvOf('status_text'));
    const text = parseStatusText(outcome === 'hang' ? '' : outcome.stdout);
    const plain = (pool: Pool) => ({
      ...shape(pool),
      vdevs: pool.vdevs.map(({ type, state, name }) => [type, state, name]),
    });
    expect(text.map(plain)).toEqual(json.map(plain));
  });

  test('an old version has no JSON, and the client reads its text', async () => {
    const old = labOf({ ...RECORDED, version: '2.1.15-1' });
    expect(old.lab.run(argvOf('status_json'))).toMatchObject({ exitCode: 2 });
    expect((await old.zfs.pools(signal)).map(({ name, state }) => [name, state])).toEqual([['tank', 'ONLINE']]);
  });

  test('no pools', async () => {
    const bare = labOf({ ...RECORDED, pools: {} });
    expect(await bare.zfs.pools(signal)).toEqual([]);
    expect(await bare.zfs.space(signal)).toEqual([]);
  });
});

describe('a failing disk, from the failure to the end of the resilver', () => {
  test('replace by guid; redundancy counts again when the resilver has ended', async () => {
    const lab = labOf();
    lab.lab.break('LAB03', { state: 'faulted', errors: { read: 12, write: 4, checksum: 0 }, failing: true });
    expect(redundancyOf(await tank(lab))[0]).toMatchObject({ left: 2, full: 3 });
    const { guid } = await leaf(lab, 'LAB03');
    await lab.zfs.write({ verb: 'replace', pool: 'tank', vdevGuid: guid, disk: disk(14) }, permit, signal);
    lab.clock.advance(10_000);
    const midway = await tank(lab);
    expect(midway.scan).toMatchObject({ kind: 'resilver', state: 'running', progress: 0.5 });
    expect(redundancyOf(midway)[0]?.left).toBe(2);
    lab.clock.advance(11_000);
    const after = await tank(lab);
    expect(after).toMatchObject({ state: 'ONLINE', scan: { state: 'finished', errors: 0 } });
    expect(redundancyOf(after)[0]?.left).toBe(3);
    const disks = await lab.zfs.disks(signal);
    expect(disks.find(({ serial }) => serial === 'LAB14')?.uses).not.toEqual([]);
  });

  test('SMART of the failing disk says so, in spite of its exit code', async () => {
    const lab = labOf();
    lab.lab.break('LAB03', { state: 'ok', failing: true });
    expect(await lab.zfs.smart(disk(3), signal)).toMatchObject({ smart_status: { passed: false } });
    expect(await lab.zfs.smart(disk(4), signal)).toMatchObject({
      smart_status: { passed: true },
      serial_number: 'LAB04',
    });
  });

  test('damage is found by a scrub, counted, and cleared', async () => {
    const lab = labOf();
    lab.lab.damage('LAB02', 7);
    expect(vdevsWithErrors(await tank(lab))).toEqual([]);
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    lab.clock.advance(30_000);
    expect(sumErrors(vdevsWithErrors(await tank(lab))).checksum).toBe(7);
    await lab.zfs.write({ verb: 'clear', pool: 'tank' }, permit, signal);
    expect(vdevsWithErrors(await tank(lab))).toEqual([]);
  });
});

/** Each refusal with the words and the code of the real tool. */
describe('refusals', () => {
  const refusal = (lab: LabUnderTest, name: string, ...values: string[]) => {
    const argv = argvOf(name, ...values);
    expect(matchCommand(zfsCommands, argv), argv.join(' ')).toBeDefined();
    const outcome = lab.lab.run(argv);
    return outcome === 'hang' ? 'hang' : `${outcome.stderr.trimEnd()} [exit ${outcome.exitCode}]`;
  };
  const texts = `${recorded('15-guard-texts.txt')}\n${recorded('26-errors.txt')}`;

  test('words of the recording', async () => {
    const lab = labOf();
    for (const [name, values, line] of [
      ['scrub_start', ['nosuch'], "cannot open 'nosuch': no such pool"],
      ['scrub_stop', ['tank'], 'cannot cancel scrubbing tank: there is no active scrub'],
      ['errors_clear', ['nosuch'], "cannot open 'nosuch': no such pool"],
    ] as const) {
      expect(texts).toContain(line);
      expect(refusal(lab, name, ...values)).toBe(`${line} [exit 1]`);
    }
    const { guid } = await leaf(lab, 'LAB01');
    expect(refusal(lab, 'disk_replace', 'tank', guid, disk(2))).toBe(
      `${disk(2)} is in use and contains a unknown filesystem. [exit 1]`,
    );
    expect(texts).toContain('is in use and contains a unknown filesystem.');
  });

  test('a held snapshot, one with a clone, and a rollback past a newer one', async () => {
    const lab = labOf();
    const [older, newer] = (await lab.zfs.snapshots('tank/data', signal)).map(({ name }) => name);
    if (older === undefined || newer === undefined) throw new Error('the lab has no snapshots');
    await lab.zfs.write({ verb: 'hold', tag: 'keep', snapshot: older }, permit, signal);
    expect(refusal(lab, 'snapshot_destroy', older)).toBe(
      `cannot destroy snapshot ${older}: it's being held. Run 'zfs holds -r ${older}' to see holders. [exit 1]`,
    );
    expect(refusal(lab, 'rollback', older)).toBe(
      `cannot rollback to '${older}': more recent snapshots or bookmarks exist\nuse '-r' to force deletion of the following snapshots and bookmarks:\n${newer} [exit 1]`,
    );
    const cloned = labOf({
      ...RECORDED,
      pools: {
        tank: {
          ...RECORDED.pools.tank,
          datasets: { ...RECORDED.pools.tank.datasets, clone1: { used: '1M', origin: newer } },
        },
      },
    });
    expect(refusal(cloned, 'destroy_preview', newer)).toBe(
      `cannot destroy '${newer}': snapshot has dependent clones\nuse '-R' to destroy the following datasets:\ntank/clone1 [exit 1]`,
    );
    expect(await cloned.zfs.destroyPreview(newer, signal)).toMatchObject({ names: [], refusal: expect.any(String) });
  });

  test('scrubs that cannot be, disks that cannot go', async () => {
    const lab = labOf();
    await lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    expect(refusal(lab, 'scrub_start', 'tank')).toBe(
      "cannot scrub tank: currently scrubbing; use 'zpool scrub -s' to cancel scrub [exit 1]",
    );
    const { guid } = await leaf(lab, 'LAB06');
    await lab.zfs.write({ verb: 'replace', pool: 'tank', vdevGuid: guid, disk: disk(14) }, permit, signal);
    expect(refusal(lab, 'scrub_start', 'tank')).toBe(`${recorded('09-scrub-while-resilver.txt').trimEnd()} [exit 1]`);
    for (const serial of ['LAB01', 'LAB02', 'LAB03']) await write(lab, 'offline', serial);
    const last = await leaf(lab, 'LAB04');
    expect(refusal(lab, 'disk_offline', 'tank', last.guid)).toBe(
      `cannot offline ${disk(4)}: no valid replicas [exit 1]`,
    );
  });

  test('datasets that are there, are not, or are too small', async () => {
    const lab = labOf();
    expect(refusal(lab, 'snapshots_of', 'tank/nosuch')).toBe(
      "cannot open 'tank/nosuch': dataset does not exist [exit 1]",
    );
    expect(texts).toContain("cannot open 'tank/nosuch': dataset does not exist");
    expect(refusal(lab, 'dataset_create', 'tank/data')).toContain('dataset already exists');
    expect(refusal(lab, 'dataset_create', 'tank/a/b')).toContain('parent does not exist');
    expect(refusal(lab, 'property_set', 'quota=1000', 'tank/data')).toContain('size is less than current used');
  });
});

describe('a suspended pool', () => {
  test('status as recorded, nothing else answers, and what hangs runs once the disks are back', async () => {
    const lab = labOf({
      ...RECORDED,
      faults: [
        { pool: 'tank', dataErrors: ['<0x0>'] },
        { pool: 'tank', suspended: true },
      ],
    });
    const [real] = parseStatusJson(recorded('51-suspended.status-jpvPs.json'));
    const own = await tank(lab);
    expect(own).toMatchObject({ state: real?.state, msgid: real?.msgid, status: real?.status, action: real?.action });
    expect(own.dataErrors).toMatchObject({ state: 'unlisted', reason: 'Resource temporarily unavailable' });
    expect(await lab.zfs.kernelState('tank', signal)).toBe('SUSPENDED');
    expect(lab.lab.run(argvOf('snapshots_of', 'tank/data'))).toMatchObject({
      exitCode: 1,
      stderr: "cannot open 'tank/data': pool I/O is currently suspended\n",
    });
    expect(lab.lab.run(argvOf('snapshot_create', 'tank/data@x'))).toMatchObject({ exitCode: 2 });
    expect(lab.lab.run(argvOf('scrub_start', 'tank'))).toBe('hang');
    // The client itself sends nothing but `clear`.
    await expect(lab.zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal)).rejects.toMatchObject({
      code: 'pool_suspended',
    });
    lab.lab.break('LAB01', { state: 'pulled' });
    await expect(lab.zfs.write({ verb: 'clear', pool: 'tank' }, permit, signal)).rejects.toMatchObject({
      code: 'command_timeout',
    });
    lab.lab.insert('LAB01');
    await lab.zfs.write({ verb: 'clear', pool: 'tank' }, permit, signal);
    expect(await lab.zfs.kernelState('tank', signal)).not.toBe('SUSPENDED');
  });
});

describe('datasets', () => {
  test('snapshots, holds, properties with their sources, quotas, rollback', async () => {
    const lab = labOf();
    const { zfs, clock } = lab;
    await zfs.write({ verb: 'snapshot', snapshot: 'tank/data@steward-1' }, permit, signal);
    await zfs.write({ verb: 'hold', tag: 'keep', snapshot: 'tank/data@steward-1' }, permit, signal);
    const newest = (await zfs.snapshots('tank/data', signal)).at(-1);
    expect(newest).toMatchObject({ name: 'tank/data@steward-1', holds: 1, createdAt: clock.now().toISOString() });
    await zfs.write({ verb: 'release', tag: 'keep', snapshot: 'tank/data@steward-1' }, permit, signal);
    await zfs.write({ verb: 'rollback', snapshot: 'tank/data@steward-1' }, permit, signal);
    expect(await zfs.destroyPreview('tank/data@steward-1', signal)).toEqual({ names: ['tank/data@steward-1'] });
    await zfs.write({ verb: 'destroy_snapshot', snapshot: 'tank/data@steward-1' }, permit, signal);
    expect(await zfs.snapshots('tank/data', signal)).toHaveLength(2);

    await zfs.write({ verb: 'create', dataset: 'tank/data/photos' }, permit, signal);
    await zfs.write({ verb: 'set', dataset: 'tank/data', property: 'compression', value: 'zstd' }, permit, signal);
    await zfs.write({ verb: 'set', dataset: 'tank/data', property: 'quota', value: '300000000' }, permit, signal);
    const of = async (dataset: string, name: string) =>
      (await zfs.properties(dataset, signal)).find(({ property }) => property === name);
    expect(await of('tank/data', 'compression')).toMatchObject({ value: 'zstd', source: 'local' });
    expect(await of('tank/data/photos', 'compression')).toMatchObject({ source: 'inherited from tank/data' });
    expect(await of('tank/data/photos', 'quota')).toMatchObject({ value: '0', source: 'default' });
    const photos = (await zfs.datasets(signal)).find(({ name }) => name === 'tank/data/photos');
    expect(photos?.available).toBeLessThan(100_000_000);
  });

  test('volumes of the CSI driver of the cluster are datasets with its marks, and go with their volume', async () => {
    const volumes = [{ driver: 'org.democratic-csi.local-zfs', handle: 'pvc-7', sizeBytes: 1_000_000 }];
    const facts = {
      ...RECORDED,
      pools: { tank: { ...RECORDED.pools.tank, csi: { driver: 'org.democratic-csi.local-zfs', parent: 'k8s' } } },
    };
    const { zfs } = labOf(facts, () => volumes);
    const names = async () => (await zfs.datasets(signal)).map(({ name }) => name);
    expect(await names()).toContain('tank/k8s/pvc-7');
    expect(await zfs.userProperties(signal)).toContainEqual({
      dataset: 'tank/k8s/pvc-7',
      property: 'democratic-csi:csi_volume_name',
      value: 'pvc-7',
      source: 'local',
    });
    volumes.pop();
    expect(await names()).not.toContain('tank/k8s/pvc-7');
  });
});

test('every command of the list is answered, reads and writes alike', () => {
  const lab = labOf();
  const values: Readonly<Record<string, string>> = {
    kstat: '/proc/spl/kstat/zfs/tank/state',
    pool: 'tank',
    dataset: 'tank/data',
    snapshot: 'tank/data@x',
    guid: '1',
    disk: disk(14),
    tag: 'keep',
    setting: 'quota=1000000000',
  };
  for (const { name, argv } of zfsCommands) {
    const outcome = lab.lab.run(argv.map((one) => (typeof one === 'string' ? one : (values[one.slot] ?? ''))));
    if (outcome === 'hang') throw new Error(`${name} hangs`);
    expect(`${outcome.stdout}${outcome.stderr}`, name).not.toMatch(/usage:|unrecognized|not found/);
  }
});
