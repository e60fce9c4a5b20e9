import { afterEach, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Caller } from '../../src/core/registry.ts';
import { freshHome } from '../support/run-cli.ts';

/** Proxmox hosts under k3s, planned and changed through the gate on the lab. Nothing is replaced by a fake. */
let app: App;
afterEach(() => app.close());

async function openLab(scenario: string): Promise<void> {
  const home = freshHome();
  const packageDir = new URL('../..', import.meta.url).pathname;
  const environment = { variables: {}, home, user: 'alice', folder: home, packageDir, cacheDir: home };
  app = await openApp(await loadConfig({ environment, flags: { 'lab.scenario': scenario } }));
}

const person = { id: 'alice/terminal', scopes: ['read', 'approve'], namespaces: ['*'] } as const;
const callerOf = (namespaces: readonly string[], answer: 'accepted' | 'refused' = 'accepted'): Caller => ({
  session: {
    id: `session-${namespaces.join()}`,
    principal: { id: 'alice/agent', scopes: ['read', 'plan', 'operate'], namespaces },
    taint: new Set(),
  },
  signal: AbortSignal.timeout(170_000),
  ask: async () => answer,
  progress: () => undefined,
});
const call = async (tool: string, input: object, caller = callerOf(['*'])): Promise<string> =>
  (await app.registry.call(tool, input, caller)).text;
const plan = (action: string, input: object): Promise<string> =>
  call('plan_change', { action, input: { cluster: 'home', ...input }, reason: 'work on the host' });
const planId = (text: string): string => /\bplan-[a-z0-9]+/.exec(text)?.[0] ?? text;
const apply = (text: string): Promise<string> =>
  call('apply_plan', { plan: planId(text), acknowledge: lessonsIn(text) });
const lessonsIn = (text: string): string[] => [...text.matchAll(/^- lesson ([a-z0-9-]+)/gm)].map(([, id = '']) => id);

test('a reboot that would cost etcd its quorum is refused with the lesson; of the host whose server is down anyway it is not for that', async () => {
  await openLab('pve-host-reboot-etcd');
  const refused = await plan('proxmox_reboot_node', { node: 'pve1' });
  expect(refused).toContain('DENIED');
  expect(refused).toContain('E01');
  expect(refused).toContain('etcd-two-members-moved');
  expect(await plan('proxmox_shutdown_guest', { vmid: 103, name: 'k3s-server-3' })).toContain('etcd-two-members-moved');
  const other = await plan('proxmox_reboot_node', { node: 'pve2' });
  expect(other).not.toContain('E01');
  expect(other).toContain('P08'); // its guests still run there
  expect(await call('apply_plan', { plan: planId(refused), acknowledge: [] })).toContain('plan_denied');
});

test('a worker is shut down after a yes and started again, and both were seen', async () => {
  await openLab('seed-1');
  const off = await plan('proxmox_shutdown_guest', { vmid: 112, name: 'k3s-agent-2' });
  expect(off).toContain('ASKS');
  expect(await apply(off)).toContain('done, and seen to be so');
  expect(await call('proxmox_guest', { cluster: 'home', vmid: 112 })).toContain('stopped');
  const on = await plan('proxmox_start_guest', { vmid: 112, name: 'k3s-agent-2' });
  expect(await apply(on)).toContain('done, and seen to be so');
}, 120_000);

test('an id alone is not an identity, and a configuration that moved makes the plan stale', async () => {
  await openLab('seed-1');
  expect(await plan('proxmox_stop_guest', { vmid: 112, name: 'k3s-agent-1' })).toContain('wrong_guest');
  const first = await plan('proxmox_configure_guest', { vmid: 160, name: 'home-assistant', set: { tags: 'home' } });
  const second = await plan('proxmox_configure_guest', { vmid: 160, name: 'home-assistant', set: { tags: 'other' } });
  expect(await apply(first)).toContain('done, and seen to be so');
  expect(await apply(second)).toContain('stale_plan');
}, 60_000);

test('a guest under high availability is followed to its real state', async () => {
  await openLab('seed-1');
  const off = await plan('proxmox_shutdown_guest', { vmid: 160, name: 'home-assistant' });
  expect(off).toContain('high availability');
  expect(await apply(off)).toContain('done, and seen to be so');
  expect(await call('proxmox_guests', { cluster: 'home', search: '160' })).toContain('stopped');
}, 120_000);

test('what cannot be taken back is refused while it runs, is protected, or has no verified backup', async () => {
  await openLab('seed-1');
  const nas = await plan('proxmox_destroy_guest', { vmid: 150, name: 'nas' });
  for (const reason of ['not stopped', 'protected', 'no verified backup']) expect(nas).toContain(reason);
  expect(await plan('proxmox_wipe_disk', {})).toContain('always_refused');
});

test('nothing is touched without quorum', async () => {
  await openLab('pve-quorum-lost');
  const text = await plan('proxmox_shutdown_guest', { vmid: 111, name: 'k3s-agent-1' });
  expect(text).toContain('DENIED');
  expect(text).toContain('has no quorum');
});

test('what hangs on a host, and what an agent of one namespace may not see', async () => {
  await openLab('seed-1');
  const text = await call('depends_on', { on: 'Host pve1', direction: 'up' });
  expect(text).toMatch(/^Guest\t5\t.*\bhome\/101\b/m);
  expect(text).toMatch(/^Node\t2\t.*\bk3s-server-1\b/m);
  expect(text).toMatch(/\d+ Pod/);
  const limited = callerOf(['media']);
  expect(await call('proxmox_guest', { cluster: 'home', vmid: 101 }, limited)).toContain('denied_namespace');
  expect(await call('proxmox_guests', {}, limited)).not.toContain('k3s-server-1');
});

test('a person approves what reaches the control plane', async () => {
  await openLab('seed-1');
  const text = await plan('proxmox_reboot_guest', { vmid: 101, name: 'k3s-server-1' });
  expect(text).not.toContain('DENIED');
  expect(await apply(text)).toContain('approval_required');
  await app.operator.approve(planId(text), person, 'cli');
  expect(await apply(text)).toContain('done, and seen to be so');
}, 120_000);
