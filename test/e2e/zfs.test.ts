import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Caller } from '../../src/core/registry.ts';
import { freshHome } from '../support/run-cli.ts';

/** A disk of the raidz3 pool fails: found, looked into, replaced through the gate, and followed to the end. Nothing is replaced by a fake. */
let app: App;
beforeAll(async () => {
  const home = freshHome();
  const packageDir = new URL('../..', import.meta.url).pathname;
  const environment = { variables: {}, home, user: 'alice', folder: home, packageDir, cacheDir: home };
  app = await openApp(await loadConfig({ environment, flags: { 'lab.scenario': 'disk-failing' } }));
});
afterAll(() => app.close());

const person = { id: 'alice/terminal', scopes: ['read', 'approve'], namespaces: ['*'] } as const;
const callerOf = (namespaces: readonly string[]): Caller => ({
  session: {
    id: `session-${namespaces.join()}`,
    principal: { id: 'alice/agent', scopes: ['read', 'plan', 'operate'], namespaces },
    taint: new Set(),
  },
  signal: AbortSignal.timeout(170_000),
  ask: async () => 'accepted',
  progress: () => undefined,
});
const agent = callerOf(['*']);
const call = async (tool: string, input: object): Promise<string> => (await app.registry.call(tool, input, agent)).text;
const plan = (action: string, input: object) => call('plan_change', { action, input, reason: 'the disk has failed' });
const planId = (text: string): string => /\bplan-[a-z0-9]+/.exec(text)?.[0] ?? text;

/** A row of zfs_disks by its serial. */
const row = async (serial: string): Promise<string[]> => {
  const text = await call('zfs_disks', {});
  const line = text.split('\n').find((one) => one.split('\t')[1] === serial);
  if (line === undefined) throw new Error(`no disk ${serial} in\n${text}`);
  return line.split('\t');
};

describe('a disk fails', () => {
  test('it is on the first screen, with what is left', async () => {
    const text = await call('overview', {});
    expect(text).toContain('Z01 high');
    expect(text).toContain('raidz3-0 can lose 2 more disks');
  });

  test('zfs_status names the disk and its guid, zfs_disks the same with SMART, and which disks are free', async () => {
    const status = await call('zfs_status', {});
    const [, serial, , , where, guid, state, smart] = await row('ZR50A07');
    expect(serial).toBe('ZR50A07');
    expect(status).toContain(guid);
    expect([where, state]).toEqual(['tank raidz3-0', expect.stringContaining('FAULTED')]);
    expect(smart).toContain('FAILING');
    expect((await row('ZR50A21'))[4]).toBe('FREE');
    expect((await row('S5GXNF01'))[4]).toContain('mounted at /');
  });

  test('what is always refused says why, and what to do instead', async () => {
    const text = await plan('zpool_add', { pool: 'tank', disk: 'x' });
    expect(text).toContain('always_refused');
    expect(text).toContain('zfs_replace_disk');
    expect(await plan('zfs_destroy_dataset', {})).toContain('always_refused');
  });

  test('the wrong disk is refused: one in use, and a healthy one in the place of the broken one', async () => {
    const [, , , , , broken = ''] = await row('ZR50A07');
    const [, , , , , healthy = ''] = await row('ZR50A08');
    const replace = (guid: string, new_disk: string, new_serial: string) =>
      plan('zfs_replace_disk', { host: 'tank', pool: 'tank', guid, new_disk, new_serial });
    const [, , used = ''] = await row('ZR50A12');
    expect(await replace(broken, used, 'ZR50A12')).toMatch(/DENIED[\s\S]*Z06/);
    const [, , free = ''] = await row('ZR50A21');
    expect(await replace(healthy, free, 'ZR50A21')).toMatch(/DENIED[\s\S]*that is the disk to replace/);
    const [, , boot = ''] = await row('S5GXNF01');
    expect(await replace(broken, boot, 'S5GXNF01')).toContain('DENIED');
    expect(await replace(broken, free, 'ZR50A22')).toContain('serial_mismatch');
  });

  test('the right one waits for a second person, and is not done before its resilver is', {
    timeout: 90_000,
  }, async () => {
    const [, , , , , guid] = await row('ZR50A07');
    const [, , new_disk] = await row('ZR50A21');
    const planned = await plan('zfs_replace_disk', {
      host: 'tank',
      pool: 'tank',
      guid,
      new_disk,
      new_serial: 'ZR50A21',
    });
    expect(planned).toContain('ASKS FOR A PERSON');
    expect(planned).toContain('serial ZR50A07');
    const id = planId(planned);
    expect(await call('apply_plan', { plan: id })).toMatch(/another principal|approv/i);
    await app.operator.approve(id, person, 'cli');
    const watching = watch();
    const applied = await call('apply_plan', { plan: id });
    expect(applied).toContain('DONE and verified');
    expect(await watching).toMatch(/resilver running/);
    const status = await call('zfs_status', {});
    expect(status).toContain('1 pool, healthy');
    expect(await call('overview', {})).not.toContain('Z01');
  });

  /** What zfs_status says while the disk is being filled. */
  async function watch(): Promise<string> {
    for (let tries = 0; tries < 40; tries++) {
      const text = await call('zfs_status', {});
      if (text.includes('resilver running')) return text;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return 'never seen';
  }
});

test('no disk of a raidz is detached, and no lone log device', async () => {
  const rows = (await call('zfs_disks', {})).split('\n').map((line) => line.split('\t'));
  const detach = async (where: RegExp): Promise<string> => {
    const [, serial, , , , guid] = rows.find(([, , , , place = '']) => where.test(place)) ?? [];
    return plan('zfs_detach_disk', { host: 'tank', pool: 'tank', guid, serial });
  };
  expect(await detach(/raidz3/)).toMatch(/DENIED[\s\S]*no side of a mirror/);
  expect(await detach(/log/)).toMatch(/DENIED[\s\S]*the only disk of its vdev/);
});

test('a snapshot and a scrub need nobody, a rollback under a running pod is denied', async () => {
  const snapshot = await plan('zfs_create_snapshot', { host: 'tank', dataset: 'tank/media', name: 'steward-before' });
  expect(snapshot).not.toContain('ASKS');
  expect(await call('apply_plan', { plan: planId(snapshot) })).toContain('DONE and verified');
  const back = await plan('zfs_rollback', { host: 'tank', snapshot: 'tank/media@steward-before' });
  expect(back).toMatch(/DENIED[\s\S]*in use by/);
  const scrub = await plan('zfs_scrub', { host: 'tank', pool: 'tank' });
  expect(await call('apply_plan', { plan: planId(scrub) })).toContain('DONE and verified');
  expect(await call('zfs_datasets', { root: 'tank/k8s' })).toContain('csi: claim ');
});

test('who is limited to a namespace sees no host', async () => {
  // A namespace may be called like the host: that gives no right to the host.
  const limited = callerOf(['tank']);
  for (const tool of ['zfs_status', 'zfs_disks'])
    expect((await app.registry.call(tool, {}, limited)).code).toBe('denied_namespace');
  expect((await app.registry.call('zfs_datasets', {}, limited)).code).toBe('world_unknown');
  const input = { host: 'tank', pool: 'tank' };
  const refused = await app.registry.call('plan_change', { action: 'zfs_scrub', input, reason: 'try' }, limited);
  expect(refused.code).toBe('denied_scope');
});
