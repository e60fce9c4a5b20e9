import { describe, expect, test } from 'vitest';
import { runChecks } from '../../../src/checks/run.ts';
import planned from '../../../src/checks/zfs/planned.ts';
import { walkVdevs } from '../../../src/clients/zfs/model.ts';
import { walk as walkLab } from '../../../src/lab/zfs/model.ts';
import { ANY, type Driven, drive } from './drive.ts';
import { RECORDED, signal } from './support.ts';

/** What would take redundancy or a moment with it, what remains then, and who a disk is where nobody prints guids. */
test('a disk of a mirror of three leaves it, one of two does not, and neither does one of a raidz', async () => {
  const lab = drive();
  const judge = async (serial: string): Promise<string[]> => {
    const { guid } = await lab.disk(serial);
    const draft = await lab.plan('zfs_detach_disk', { host: 'pve1', pool: 'tank', guid, serial });
    const change = { action: 'zfs_detach_disk', targets: [], refusals: [], warnings: [], ...draft };
    const after = (await lab.world()).patch(draft.effects, change);
    const [result] = runChecks([planned], after, { now: lab.clock.now() });
    return (result?.findings ?? []).map(({ fingerprint }) => fingerprint.split(':')[1] ?? '');
  };
  expect(await judge('LAB10')).toEqual(['bare']);
  expect(await judge('LAB08')).toEqual(['bare']);
  expect(await judge('LAB01')).toContain('no-side');
  const [side, fresh] = [await lab.disk('LAB10'), await lab.disk('LAB15')];
  await lab.client.write({ verb: 'attach', pool: 'tank', vdevGuid: side.guid, disk: fresh.id }, ANY, signal);
  expect(await judge('LAB15')).toEqual(['busy']);
  lab.clock.advance(21_000);
  expect(await judge('LAB15')).toEqual([]);
});

test('a disk that is gone is detached by its guid alone, one that is there never without its serial', async () => {
  const lab = drive();
  const [side, fresh] = [await lab.disk('LAB10'), await lab.disk('LAB15')];
  await lab.client.write({ verb: 'attach', pool: 'tank', vdevGuid: side.guid, disk: fresh.id }, ANY, signal);
  lab.clock.advance(21_000);
  const { guid } = await lab.disk('LAB15');
  const input = { host: 'pve1', pool: 'tank', guid };
  await expect(lab.plan('zfs_detach_disk', input)).rejects.toMatchObject({ code: 'serial_mismatch' });
  lab.lab.break('LAB15', { state: 'pulled' });
  const { verdict } = await lab.change('zfs_detach_disk', input);
  expect(verdict).toMatchObject({ ok: 'yes' });
});

describe('what cannot be undone names what remains', () => {
  const lastOf = (lab: Driven) => {
    const dataset = lab.lab.state.pools.get('tank')?.datasets.get('tank/data');
    const snapshot = [...(dataset?.snapshots.values() ?? [])].at(-1);
    if (dataset === undefined || snapshot === undefined) throw new Error('no snapshot');
    return { dataset, snapshot, name: `tank/data@${snapshot.name}` };
  };
  /** As `zfs send | zfs recv` leaves it: the guid comes along. */
  const received = (lab: Driven, pool: string): void => {
    const { dataset, snapshot } = lastOf(lab);
    const tank = lab.lab.state.pools.get('tank');
    const copy = { ...dataset, name: `${pool}/copy`, snapshots: new Map([[snapshot.name, snapshot]]) };
    if (tank === undefined) throw new Error('no pool');
    if (pool === 'tank') tank.datasets.set('tank/copy', copy);
    else lab.lab.state.pools.set(pool, { ...tank, name: pool, vdevs: [], datasets: new Map([[copy.name, copy]]) });
  };

  test('a snapshot with a copy in another pool has a restore point; a copy in the same pool is none', async () => {
    const lab = drive();
    const input = { host: 'pve1', snapshot: lastOf(lab).name };
    expect((await lab.plan('zfs_destroy_snapshot', input)).restorePoint).toBeUndefined();
    received(lab, 'tank');
    expect((await lab.plan('zfs_destroy_snapshot', input)).restorePoint).toBeUndefined();
    received(lab, 'backup');
    expect(await lab.plan('zfs_destroy_snapshot', input)).toMatchObject({
      restorePoint: {
        what: expect.stringContaining('pve1/backup/copy@'),
        where: 'pool backup of pve1',
        verified: true,
      },
      undo: expect.stringContaining('zfs send'),
    });
  });

  test('a rollback that would lose a bookmark is refused', async () => {
    const lab = drive();
    const { dataset, snapshot, name } = lastOf(lab);
    const input = { host: 'pve1', snapshot: name };
    dataset.bookmarks.set('old', { guid: '7', createdMs: snapshot.createdMs });
    expect((await lab.plan('zfs_rollback', input)).refusals).toEqual([]);
    dataset.bookmarks.set('sent', { guid: '8', createdMs: snapshot.createdMs + 60_000 });
    expect((await lab.plan('zfs_rollback', input)).refusals).toMatchObject([
      { message: expect.stringContaining('tank/data#sent') },
    ]);
    await expect(lab.client.write({ verb: 'rollback', snapshot: name }, ANY, signal)).rejects.toMatchObject({
      code: 'zfs_failed',
    });
  });
});

test('on a host without JSON a disk is named by its guid all the same, and is replaced', async () => {
  const lab = drive({ ...RECORDED, version: '2.1.15-1' });
  lab.lab.break('LAB05', { state: 'faulted' });
  const [pool] = await lab.client.pools(signal);
  const real = lab.lab.state.pools.get('tank');
  expect(pool?.guid).toBe(real?.guid);
  expect([...walkVdevs(pool?.vdevs ?? [])].map(({ guid }) => guid).toSorted()).toEqual(
    [...walkLab(real?.vdevs ?? [])].map(({ guid }) => guid).toSorted(),
  );
  const { guid } = [...walkVdevs(pool?.vdevs ?? [])].find(({ path }) => path?.includes('LAB05')) ?? { guid: '' };
  const fresh = await lab.disk('LAB14');
  const input = { host: 'pve1', pool: 'tank', guid, new_disk: fresh.id, new_serial: 'LAB14' };
  const { verdict } = await lab.change('zfs_replace_disk', input, { afterMs: 21_000 });
  expect(verdict).toMatchObject({ ok: 'yes' });
});
