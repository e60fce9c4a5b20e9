import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Caller } from '../../src/core/registry.ts';
import { freshHome } from '../support/run-cli.ts';

/** A volume of Longhorn is down to one complete replica: what would take that one away is refused. Nothing is replaced by a fake. */
let app: App;
beforeAll(async () => {
  const home = freshHome();
  const packageDir = new URL('../..', import.meta.url).pathname;
  const environment = { variables: {}, home, user: 'alice', folder: home, packageDir, cacheDir: home };
  app = await openApp(await loadConfig({ environment, flags: { 'lab.scenario': 'longhorn-degraded' } }));
});
afterAll(() => app.close());

const agent: Caller = {
  session: {
    id: 'session-1',
    principal: { id: 'alice/agent', scopes: ['read', 'plan', 'operate'], namespaces: ['*'] },
    taint: new Set(),
  },
  signal: AbortSignal.timeout(100_000),
  ask: async () => 'accepted',
  progress: () => undefined,
};
const call = async (tool: string, input: object): Promise<string> => (await app.registry.call(tool, input, agent)).text;
const plan = (action: string, input: object) => call('plan_change', { action, input, reason: 'a new kernel' });
const drain = (node: string) => plan('cluster_drain', { node, delete_unmanaged: true });

test('it is on the first screen, and depends_on tells where the data is', async () => {
  expect(await call('overview', {})).toContain('S01 high');
  const text = await call('depends_on', { on: 'PersistentVolumeClaim media/sonarr-config', direction: 'down' });
  expect(text).toContain('its only complete replica');
  expect(text).toContain('Guest home/111');
});

test('a drain of its node is refused with the lesson, and one of another node is a question as ever', async () => {
  const refused = await drain('k3s-agent-1');
  expect(refused).toContain('S04');
  expect(refused).toContain('DENIED');
  expect(refused).toContain('longhorn-pdb-blocks-drain');
  expect(await drain('k3s-agent-2')).not.toContain('S04');
});

test('so is a shutdown of the machine below', async () => {
  const guest = { cluster: 'home', vmid: 111, name: 'k3s-agent-1' };
  expect(await plan('proxmox_shutdown_guest', guest)).toMatch(/DENIED[^]*S04/);
  expect(await plan('proxmox_shutdown_guest', { ...guest, vmid: 112, name: 'k3s-agent-2' })).not.toContain('S04');
});
