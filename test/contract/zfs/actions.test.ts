import { expect, test } from 'vitest';
import { zfsVersions } from '../../../src/clients/zfs/versions.ts';
import type { Permit } from '../../../src/core/permit.ts';
import type { Precondition } from '../../../src/core/plan.ts';
import { targetKey } from '../../../src/core/target.ts';
import { caller } from '../../../src/tools/testing.ts';
import { ANY, actions, type Driven, drive, find } from './drive.ts';
import { signal } from './support.ts';

/** Every ZFS action on the lab: what it plans is what it writes, and what it says afterwards is what was read back. */
const first = async (lab: Driven): Promise<string> =>
  (await lab.client.snapshots('tank/data', signal)).at(-1)?.name ?? '';

/** name -> input, made on a fresh lab; time that passes before it is looked at. */
const CASES: Readonly<Record<string, (lab: Driven) => Promise<{ input: object; afterMs?: number }>>> = {
  zfs_scrub: async () => ({ input: { host: 'pve1', pool: 'tank' } }),
  zfs_create_snapshot: async () => ({ input: { host: 'pve1', dataset: 'tank/data', name: 'steward-1' } }),
  zfs_hold_snapshot: async (lab) => ({ input: { host: 'pve1', snapshot: await first(lab) } }),
  zfs_destroy_snapshot: async (lab) => ({ input: { host: 'pve1', snapshot: await first(lab) } }),
  zfs_rollback: async (lab) => ({ input: { host: 'pve1', snapshot: await first(lab) } }),
  zfs_create_dataset: async () => ({ input: { host: 'pve1', dataset: 'tank/photos' } }),
  zfs_set_property: async () => ({
    input: { host: 'pve1', dataset: 'tank/data', property: 'compression', value: 'zstd' },
  }),
  async zfs_offline_disk(lab) {
    const { guid, serial } = await lab.disk('LAB04');
    return { input: { host: 'pve1', pool: 'tank', guid, serial } };
  },
  async zfs_online_disk(lab) {
    const { guid, serial } = await lab.disk('LAB04');
    await lab.client.write({ verb: 'offline', pool: 'tank', vdevGuid: guid }, ANY, signal);
    return { input: { host: 'pve1', pool: 'tank', guid, serial }, afterMs: 21_000 };
  },
  async zfs_replace_disk(lab) {
    lab.lab.break('LAB05', { state: 'faulted' });
    const [old, fresh] = [await lab.disk('LAB05'), await lab.disk('LAB14')];
    return {
      input: { host: 'pve1', pool: 'tank', guid: old.guid, new_disk: fresh.id, new_serial: 'LAB14' },
      afterMs: 21_000,
    };
  },
  async zfs_attach_disk(lab) {
    const [old, fresh] = [await lab.disk('LAB10'), await lab.disk('LAB15')];
    return {
      input: { host: 'pve1', pool: 'tank', guid: old.guid, new_disk: fresh.id, new_serial: 'LAB15' },
      afterMs: 21_000,
    };
  },
  async zfs_detach_disk(lab) {
    const [old, fresh] = [await lab.disk('LAB10'), await lab.disk('LAB15')];
    await lab.client.write({ verb: 'attach', pool: 'tank', vdevGuid: old.guid, disk: fresh.id }, ANY, signal);
    lab.clock.advance(21_000);
    const { guid } = await lab.disk('LAB15');
    return { input: { host: 'pve1', pool: 'tank', guid, serial: 'LAB15' } };
  },
  async zfs_clear_errors(lab) {
    lab.lab.break('LAB02', { state: 'ok', errors: { read: 1, write: 2, checksum: 3 } });
    return { input: { host: 'pve1', pool: 'tank' } };
  },
};
test('every action has a case', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(actions.map(({ name }) => name).toSorted());
});

test.each(Object.keys(CASES))('%s writes what it planned, once, and sees that it is so', async (name) => {
  const lab = drive();
  const { input, afterMs } = (await CASES[name]?.(lab)) ?? { input: {} };
  lab.written.length = 0;
  const { draft, verdict } = await lab.change(name, input, { ...(afterMs && { afterMs }) });
  expect(verdict).toMatchObject({ ok: 'yes' });
  expect(lab.written).toEqual(draft.touches.map(({ verb, target }) => `${verb} ${targetKey(target)}`));
  expect(draft.touches).toHaveLength(1);
  expect(draft.preview).toContain('pve1/');
});

test.each(Object.keys(CASES))(
  '%s: its effects fit the world, and its preconditions are so until somebody changes it',
  async (name) => {
    const lab = drive();
    const { input } = (await CASES[name]?.(lab)) ?? { input: {} };
    const draft = await lab.plan(name, input);
    const after = (await lab.world()).patch(draft.effects);
    for (const { part } of draft.effects) expect(after.part(part as 'zfsPools')).toMatchObject({ state: 'known' });
    expect(draft.preconditions.length).toBeGreaterThan(0);
    const versionOf = zfsVersions(lab.zfs);
    for (const one of draft.preconditions) expect(await isSo(one), JSON.stringify(one)).toBe(true);
    async function isSo(one: Precondition): Promise<boolean> {
      const now = await versionOf(one.target, signal);
      if ('absent' in one) return now.state === 'absent';
      return now.state === 'there' && now.uid === one.uid && now.version === one.version;
    }
  },
);

test('what happens to the pool, its disk or its dataset meanwhile makes the plan old', async () => {
  const lab = drive();
  const versionOf = zfsVersions(lab.zfs);
  const { input } = (await CASES['zfs_replace_disk']?.(lab)) ?? { input: {} };
  const replace = await lab.plan('zfs_replace_disk', input);
  const rollback = await lab.plan('zfs_rollback', { host: 'pve1', snapshot: await first(lab) });
  const clear = await lab.plan('zfs_clear_errors', { host: 'pve1', pool: 'tank' });
  lab.lab.break('LAB01', { state: 'faulted', errors: { read: 9, write: 0, checksum: 0 } });
  await lab.client.write({ verb: 'snapshot', snapshot: 'tank/data@newer' }, ANY, signal);
  for (const [draft, kind] of [
    [replace, 'Pool'],
    [rollback, 'Dataset'],
    [clear, 'PoolErrors'],
  ] as const) {
    const one = draft.preconditions.find(({ target }) => target.kind === kind);
    if (one === undefined || 'absent' in one) throw new Error(`no precondition on ${kind}`);
    expect(await versionOf(one.target, signal), kind).not.toMatchObject({ version: one.version });
  }
});

test('a disk that fails by its own SMART is not told to be well again once its errors are cleared', async () => {
  const lab = drive();
  const states = async () => {
    const { warnings = [], effects } = await lab.plan('zfs_clear_errors', { host: 'pve1', pool: 'tank' });
    return { warnings: warnings.length, planned: JSON.stringify(effects).match(/"state":"FAULTED"/g)?.length ?? 0 };
  };
  const errors = { read: 9, write: 0, checksum: 0 };
  lab.lab.break('LAB01', { state: 'faulted', errors });
  expect(await states()).toEqual({ warnings: 0, planned: 0 });
  lab.lab.break('LAB01', { state: 'faulted', errors, failing: true });
  expect(await states()).toEqual({ warnings: 1, planned: 1 });
});

test('scrub: pause and stop', async () => {
  const lab = drive();
  await lab.change('zfs_scrub', { host: 'pve1', pool: 'tank' });
  expect((await lab.change('zfs_scrub', { host: 'pve1', pool: 'tank', mode: 'pause' })).verdict.ok).toBe('yes');
  expect((await lab.change('zfs_scrub', { host: 'pve1', pool: 'tank', mode: 'stop' })).verdict.ok).toBe('yes');
});

test('a hold of ours can be given up', async () => {
  const lab = drive();
  const snapshot = await first(lab);
  await lab.change('zfs_hold_snapshot', { host: 'pve1', snapshot });
  expect((await lab.change('zfs_hold_snapshot', { host: 'pve1', snapshot, release: true })).verdict.ok).toBe('yes');
});

test.each([
  ['zfs_scrub', { pool: 'tank', mode: 'pause' }, 'no_scrub'],
  ['zfs_scrub', { pool: 'tank', mode: 'stop' }, 'no_scrub'],
  ['zfs_hold_snapshot', { snapshot: 'FIRST', release: true }, 'no_hold'],
  ['zfs_set_property', { dataset: 'tank/data', property: 'quota', value: '1048576' }, 'quota_too_small'],
  ['zfs_set_property', { dataset: 'tank/data', property: 'refquota', value: '1T' }, 'unknown_setting'],
])('%s %j is refused while it is planned: ZFS would refuse it', async (name, more, code) => {
  const lab = drive();
  const named = JSON.stringify({ host: 'pve1', ...more }).replace('FIRST', await first(lab));
  await expect(lab.plan(name, JSON.parse(named) as object)).rejects.toMatchObject({ code });
});

test('the last redundancy is said first', async () => {
  const lab = drive();
  const { guid, serial } = await lab.disk('LAB08');
  const draft = await lab.plan('zfs_offline_disk', { host: 'pve1', pool: 'tank', guid, serial });
  expect(draft.preview.split('\n')[0]).toMatch(/^REDUNDANCY LEFT: NONE. mirror-1 \(special\)/);
  // A pool outlives its log: it is not said to be lost with it.
  const log = await lab.disk('LAB10');
  const alone = await lab.plan('zfs_offline_disk', { host: 'pve1', pool: 'tank', guid: log.guid, serial: log.serial });
  expect(alone.preview).not.toContain('loses the pool');
});

test('guid and serial must be of one disk, and the new disk of its serial', async () => {
  const lab = drive();
  const { guid } = await lab.disk('LAB04');
  await expect(
    lab.plan('zfs_offline_disk', { host: 'pve1', pool: 'tank', guid, serial: 'LAB05' }),
  ).rejects.toMatchObject({
    code: 'serial_mismatch',
  });
  const fresh = await lab.disk('LAB14');
  await expect(
    lab.plan('zfs_replace_disk', { host: 'pve1', pool: 'tank', guid, new_disk: fresh.id, new_serial: 'LAB15' }),
  ).rejects.toMatchObject({ code: 'serial_mismatch' });
  await expect(
    lab.plan('zfs_offline_disk', { host: 'pve1', pool: 'tank', guid: '1', serial: 'LAB05' }),
  ).rejects.toMatchObject({ code: 'unknown_vdev' });
});

test.each([
  ['dedup', 'on'],
  ['sync', 'disabled'],
  ['checksum', 'off'],
  ['mountpoint', '/'],
  ['copies', '2'],
  ['special_small_blocks', '1048576'],
  ['democratic-csi:managed_resource', 'false'],
])('%s=%s is always refused', async (property, value) => {
  await expect(
    drive().plan('zfs_set_property', { host: 'pve1', dataset: 'tank/data', property, value }),
  ).rejects.toMatchObject({ code: 'always_refused' });
});

test.each([
  ['sync', 'always'],
  ['quota', '900000000'],
  ['steward.dev:layout', 'log:1'],
])('%s=%s may be set', async (property, value) => {
  const { verdict } = await drive().change('zfs_set_property', { host: 'pve1', dataset: 'tank/data', property, value });
  expect(verdict.ok).toBe('yes');
});

test('a resilver that still runs is not success', async () => {
  const lab = drive();
  const { input } = (await CASES['zfs_replace_disk']?.(lab)) ?? { input: {} };
  const short = new AbortController();
  const parsed = find('zfs_replace_disk').input.parse(input);
  const draft = await lab.plan('zfs_replace_disk', input);
  const permit = { planId: 'p', touches: draft.touches, notAfter: new Date(8e15) } as unknown as Permit;
  const ctx = {
    clients: { zfs: lab.zfs },
    now: lab.clock.now(),
    signal: short.signal,
    session: caller().session,
    progress: () => undefined,
  };
  await find('zfs_replace_disk').run(parsed, { ...ctx, permit });
  setTimeout(() => short.abort(), 200);
  await expect(find('zfs_replace_disk').verify(parsed, undefined, ctx)).rejects.toMatchObject({ code: 'cancelled' });
});
