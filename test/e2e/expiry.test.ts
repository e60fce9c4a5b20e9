import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ManualClock } from '../../src/core/clock.ts';
import type { Caller } from '../../src/core/registry.ts';
import { freshHome } from '../support/run-cli.ts';

// The app in this process, because only so the clock can be moved.
const clock = new ManualClock(new Date());
const person = { id: 'alice/terminal', scopes: ['read', 'approve'], namespaces: ['*'] } as const;
let app: App;
let asked = 0;
beforeAll(async () => {
  const home = freshHome();
  const packageDir = new URL('../..', import.meta.url).pathname;
  const environment = { variables: {}, home, user: 'alice', folder: home, packageDir, cacheDir: home };
  app = await openApp(await loadConfig({ environment, flags: { 'lab.scenario': 'demo', mode: 'assist' } }), clock);
});
afterAll(() => app.close());

const caller: Caller = {
  session: {
    id: 'session-1',
    principal: { id: 'alice/agent', scopes: ['read', 'plan', 'operate'], namespaces: ['*'] },
    taint: new Set(),
  },
  signal: new AbortController().signal,
  ask: async () => {
    asked += 1;
    return 'accepted';
  },
  progress() {},
};

async function planLabel(): Promise<string> {
  const input = { kind: 'Namespace', name: 'cardboard', labels: { tried: 'late' } };
  const { text } = await app.registry.call('plan_change', { action: 'cluster_label', input, reason: 'a test' }, caller);
  return /\bplan-[a-z0-9]+/.exec(text)?.[0] ?? `no plan in: ${text}`;
}

test('a plan that has expired is neither approved nor applied', async () => {
  const plan = await planLabel();
  clock.advance(16 * 60_000);
  await expect(app.operator.approve(plan, person, 'cli')).rejects.toMatchObject({ code: 'plan_expired' });
  const applied = await app.registry.call('apply_plan', { plan }, caller);
  expect(applied.text).toContain('plan_expired');
  expect(asked).toBe(0);
});

test('an approval ends with its plan', async () => {
  const plan = await planLabel();
  await app.operator.approve(plan, person, 'cli');
  clock.advance(16 * 60_000);
  const applied = await app.registry.call('apply_plan', { plan }, caller);
  expect(applied.text).toContain('plan_expired');
  const events = (await app.journal.list({ limit: 20, plan })).map(({ event }) => event);
  expect(events).toContain('approval_given');
  expect(events).not.toContain('intent');
});
