import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandRunner } from '../../src/clients/command/spec.ts';
import { createZfsClient } from '../../src/clients/zfs/client.ts';
import { argvOf } from '../../src/clients/zfs/commands.ts';
import type { ZfsWriter } from '../../src/clients/zfs/contract.ts';
import { redundancyOf, sumErrors, vdevsWithErrors } from '../../src/clients/zfs/health.ts';
import { createZfsHosts } from '../../src/clients/zfs/hosts.ts';
import { type Pool, walkVdevs } from '../../src/clients/zfs/model.ts';
import { withGuids } from '../../src/clients/zfs/status-guids.ts';
import { parseStatusText } from '../../src/clients/zfs/status-text.ts';
import { zfsVersions } from '../../src/clients/zfs/versions.ts';
import type { Touch } from '../../src/core/change.ts';
import type { Permit } from '../../src/core/permit.ts';
import type { Verdict } from '../../src/core/tool.ts';
import { caller } from '../../src/tools/testing.ts';
import { toolsets } from '../../src/tools/toolsets.ts';
import { bootGuest, type ZfsGuest } from '../support/openzfs.ts';
import { skipSuite } from '../support/skip.ts';

const folder = process.env['TEST_REAL_OPENZFS'] ?? '';
const has = (program: string): boolean => {
  try {
    execFileSync('which', [program]);
    return true;
  } catch {
    return false;
  }
};
const missing = ['qemu-system-x86_64', 'cpio', 'ssh'].filter((program) => !has(program));
const why =
  folder === ''
    ? 'TEST_REAL_OPENZFS names no folder with a boot.sh'
    : missing.length > 0
      ? `missing: ${missing.join(', ')}`
      : '';

describe('real OpenZFS in a guest', () => {
  if (why !== '') {
    skipSuite('openzfs', why);
    return;
  }
  let guest: ZfsGuest;
  let zfs: ZfsWriter;
  let runner: CommandRunner;
  /** What may be written just now; undefined = anything. */
  let allowed: readonly Touch[] | undefined;
  const signal = AbortSignal.timeout(170_000);
  const permit = {} as Permit; // the guest is disposable: everything is allowed here, the guard has tests of its own
  const id = (n: number) => `/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_NVME000${n}`;
  const tank = async (): Promise<Pool> => {
    const found = (await zfs.pools(signal)).find(({ name }) => name === 'tank');
    if (!found) throw new Error('the pool is gone');
    return found;
  };
  const leaf = async (serial: string) => {
    const found = [...walkVdevs((await tank()).vdevs)].find(({ path }) => path?.includes(serial));
    if (!found) throw new Error(`no disk ${serial}`);
    return found;
  };
  const until = async (condition: (pool: Pool) => boolean): Promise<Pool> => {
    for (let tries = 0; tries < 60; tries++) {
      const pool = await tank();
      if (condition(pool)) return pool;
      await wait(500);
    }
    throw new Error(`waited in vain: ${JSON.stringify(await tank())}`);
  };

  beforeAll(async () => {
    guest = bootGuest(folder, 28_122, 9);
    runner = guest.runner((_, touch) => expect(allowed ?? [touch]).toContainEqual(touch));
    zfs = createZfsClient({ runner });
    guest.shell(`zpool create tank raidz2 ${[1, 2, 3, 4].map(id).join(' ')} && zfs create tank/media`);
  }, 200_000);
  afterAll(() => guest?.stop());

  test('a healthy pool, its version, space and datasets', async () => {
    expect(await zfs.version(signal)).toMatch(/^2\.3\./);
    expect(await zfs.kernelState('tank', signal)).toBe('ONLINE');
    const pool = await tank();
    expect(pool.guid).toMatch(/^\d{15,20}$/);
    expect(redundancyOf(pool).map(({ left }) => left)).toEqual([2]);
    expect((await zfs.space(signal)).map(({ name, guid }) => [name, guid])).toEqual([['tank', pool.guid]]);
    expect((await zfs.datasets(signal)).map(({ name, type }) => [name, type])).toEqual([
      ['tank', 'filesystem'],
      ['tank/media', 'filesystem'],
    ]);
    expect((await zfs.arcstats(signal)).get('hits')).toBeTypeOf('number');
  });

  test('snapshots are made, held, previewed and destroyed, one by one', async () => {
    await zfs.write({ verb: 'snapshot', snapshot: 'tank/media@steward-1' }, permit, signal);
    await zfs.write({ verb: 'hold', tag: 'keep', snapshot: 'tank/media@steward-1' }, permit, signal);
    expect((await zfs.snapshots('tank/media', signal)).map(({ name, holds }) => [name, holds])).toEqual([
      ['tank/media@steward-1', 1],
    ]);
    await expect(
      zfs.write({ verb: 'destroy_snapshot', snapshot: 'tank/media@steward-1' }, permit, signal),
    ).rejects.toMatchObject({ code: 'zfs_failed' });
    await zfs.write({ verb: 'release', tag: 'keep', snapshot: 'tank/media@steward-1' }, permit, signal);
    expect((await zfs.destroyPreview('tank/media@steward-1', signal)).names).toEqual(['tank/media@steward-1']);
    await zfs.write({ verb: 'destroy_snapshot', snapshot: 'tank/media@steward-1' }, permit, signal);
    expect(await zfs.snapshots('tank/media', signal)).toEqual([]);
  });

  test('properties are set and read back with their source', async () => {
    await zfs.write({ verb: 'set', dataset: 'tank/media', property: 'quota', value: '104857600' }, permit, signal);
    const quota = (await zfs.properties('tank/media', signal)).find(({ property }) => property === 'quota');
    expect(quota).toMatchObject({ value: '104857600', source: 'local' });
    await zfs.write({ verb: 'create', dataset: 'tank/media/photos' }, permit, signal);
    expect((await zfs.datasets(signal)).map(({ name }) => name)).toContain('tank/media/photos');
  });

  test('damage on one disk is found by a scrub while the pool says ONLINE, and cleared', async () => {
    guest.shell('dd if=/dev/urandom of=/tank/media/file bs=1M count=40 2>/dev/null; sync; zpool sync tank');
    const image = openSync(join(guest.state, 'd2.img'), 'r+');
    for (let at = 20; at < 200; at += 2) writeSync(image, Buffer.alloc(512 * 1024, 7), 0, 512 * 1024, at * 1024 * 1024);
    closeSync(image);
    await zfs.write({ verb: 'scrub', pool: 'tank', mode: 'start' }, permit, signal);
    const pool = await until(({ scan }) => scan?.kind === 'scrub' && scan.state === 'finished');
    expect(pool.state).toBe('ONLINE');
    expect(sumErrors(vdevsWithErrors(pool)).checksum).toBeGreaterThan(0);
    expect(pool.scan?.errors).toBe(0);
    await zfs.write({ verb: 'clear', pool: 'tank' }, permit, signal);
    expect(vdevsWithErrors(await tank())).toEqual([]);
  });

  test('a disk goes offline, the redundancy left says so, and it is replaced by guid', async () => {
    const old = await leaf('NVME0003');
    await zfs.write({ verb: 'offline', pool: 'tank', vdevGuid: old.guid }, permit, signal);
    expect(redundancyOf(await tank()).map(({ left }) => left)).toEqual([1]);
    await zfs.write({ verb: 'replace', pool: 'tank', vdevGuid: old.guid, disk: id(5) }, permit, signal);
    const pool = await until(
      ({ scan, state }) => scan?.kind === 'resilver' && scan.state === 'finished' && state === 'ONLINE',
    );
    expect([...walkVdevs(pool.vdevs)].some(({ path }) => path?.includes('NVME0005'))).toBe(true);
    expect(redundancyOf(pool).map(({ left }) => left)).toEqual([2]);
  });

  test('SMART of a disk is JSON, of what is no disk nothing', async () => {
    expect(await zfs.smart(id(1), signal)).toMatchObject({ smart_status: { passed: true } });
    expect(await zfs.smart('/dev/disk/by-id/none', signal)).not.toMatchObject({ smart_status: {} });
  });

  /** The product's own actions: planned, run with exactly the planned touches, read back. */
  describe('actions on it', () => {
    const actions = toolsets.flatMap((set) => (set.name === 'zfs' ? set.actions : []));
    /** The guest is small and has no lsblk: its disks are told here, from what it was started with. */
    const withDisks = (real: ZfsWriter): ZfsWriter =>
      new Proxy(real, {
        get(target, name) {
          if (name === 'disks')
            return async () =>
              [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({
                id: id(n),
                allIds: [id(n)],
                kernelName: `nvme${n - 1}n1`,
                serial: `NVME000${n}`,
                model: 'QEMU NVMe Ctrl',
                sizeBytes: 1,
                physicalSectorBytes: 512,
                uses: [],
              }));
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    const ran = new Set<string>();
    const change = async (name: string, input: object): Promise<Verdict> => {
      const action = actions.find((one) => one.name === name);
      if (action === undefined) throw new Error(`no action ${name}`);
      const parsed = action.input.parse({ host: 'guest', ...input });
      const hosts = createZfsHosts([withDisks(zfs)]);
      const ctx = {
        clients: { zfs: hosts },
        now: new Date(),
        signal,
        session: caller().session,
        progress: () => undefined,
      };
      const draft = await action.plan(parsed, ctx);
      const versionOf = zfsVersions(hosts);
      for (const one of draft.preconditions) {
        const now = await versionOf(one.target, signal);
        expect(now, JSON.stringify(one)).toMatchObject(
          'absent' in one ? { state: 'absent' } : { uid: one.uid, version: one.version },
        );
      }
      allowed = draft.touches;
      const result: unknown = await action.run(parsed, { ...ctx, permit });
      ran.add(name);
      return action.verify(parsed, result, ctx);
    };

    test('datasets, snapshots, holds, properties, a rollback', async () => {
      for (const [name, input] of [
        ['zfs_create_dataset', { dataset: 'tank/acts' }],
        ['zfs_set_property', { dataset: 'tank/acts', property: 'compression', value: 'zstd' }],
        ['zfs_set_property', { dataset: 'tank/acts', property: 'quota', value: '52428800' }],
        ['zfs_create_snapshot', { dataset: 'tank/acts', name: 'steward-1' }],
        ['zfs_hold_snapshot', { snapshot: 'tank/acts@steward-1' }],
        ['zfs_hold_snapshot', { snapshot: 'tank/acts@steward-1', release: true }],
        ['zfs_rollback', { snapshot: 'tank/acts@steward-1' }],
        ['zfs_destroy_snapshot', { snapshot: 'tank/acts@steward-1' }],
        ['zfs_scrub', { pool: 'tank' }],
      ] as const)
        expect({ name, ...(await change(name, input)) }).toMatchObject({ name, ok: 'yes' });
    });

    test('a disk goes out and comes back, another one is replaced, errors are cleared', {
      timeout: 120_000,
    }, async () => {
      await until(({ scan }) => scan?.state !== 'running');
      const one = await leaf('NVME0004');
      const disk = { pool: 'tank', guid: one.guid };
      expect(await change('zfs_offline_disk', { ...disk, serial: 'NVME0004' })).toMatchObject({ ok: 'yes' });
      expect(await change('zfs_online_disk', { ...disk, serial: 'NVME0004' })).toMatchObject({ ok: 'yes' });
      const fresh = { new_disk: id(6), new_serial: 'NVME0006' };
      expect(await change('zfs_replace_disk', { ...disk, ...fresh })).toMatchObject({ ok: 'yes' });
      expect(await change('zfs_clear_errors', { pool: 'tank' })).toMatchObject({ ok: 'yes' });
    });

    test('a lone disk becomes a mirror of three, and a side leaves it again', { timeout: 120_000 }, async () => {
      guest.shell(`zpool create pair ${id(7)}`);
      const pair = async (serial: string): Promise<string> => {
        const pool = (await zfs.pools(signal)).find(({ name }) => name === 'pair');
        return [...walkVdevs(pool?.vdevs ?? [])].find(({ path }) => path?.includes(serial))?.guid ?? '';
      };
      const attach = async (n: number) => ({
        ...(await change('zfs_attach_disk', {
          pool: 'pair',
          guid: await pair('NVME0007'),
          new_disk: id(n),
          new_serial: `NVME000${n}`,
        })),
        n,
      });
      expect(await attach(8)).toMatchObject({ n: 8, ok: 'yes' });
      expect(await attach(9)).toMatchObject({ n: 9, ok: 'yes' });
      const side = { pool: 'pair', guid: await pair('NVME0009'), serial: 'NVME0009' };
      expect(await change('zfs_detach_disk', side)).toMatchObject({ ok: 'yes' });
      const sides = (await zfs.pools(signal)).find(({ name }) => name === 'pair')?.vdevs[0];
      expect([sides?.type, sides?.children.length]).toEqual(['mirror', 2]);
    });

    test('every action ran', () => {
      expect([...ran].toSorted()).toEqual(actions.map(({ name }) => name).toSorted());
    });
  });

  test('the text of older versions tells the same guids, and bookmarks are read', async () => {
    allowed = undefined;
    const read = async (name: string) => (await runner.run({ argv: argvOf(name), timeoutMs: 15_000 }, signal)).stdout;
    const [names, numbers] = await Promise.all([read('status_text'), read('status_guids')]);
    const named = parseStatusText(names);
    const reads = { guids: parseStatusText(numbers), again: named, space: await zfs.space(signal) };
    const guids = (pool: Pool | undefined) => [...walkVdevs(pool?.vdevs ?? [])].map(({ guid }) => guid).toSorted();
    const [text] = withGuids(named, reads).filter(({ name }) => name === 'tank');
    expect(guids(text)).toEqual(guids(await tank()));
    expect(text?.guid).toBe((await tank()).guid);
    guest.shell('zfs snapshot tank/media@marked && zfs bookmark tank/media@marked tank/media#marked');
    expect(await zfs.bookmarks('tank/media', signal)).toMatchObject([{ name: 'tank/media#marked' }]);
  });

  test('an unknown pool is an error, not an empty answer', async () => {
    allowed = undefined;
    await expect(zfs.write({ verb: 'scrub', pool: 'nosuch', mode: 'start' }, permit, signal)).rejects.toMatchObject({
      code: 'zfs_failed',
    });
  });
});
