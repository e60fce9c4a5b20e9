import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kind, openClient, type Person, type TestClient, type Where } from '../support/mcp-client.ts';
import { CLI, environmentOf, freshHome, runCli, type Started, startCli } from '../support/run-cli.ts';

// The real program on the lab; in `assist` mode every change asks, so every answer can be given.
const MANY_CHANGES = {
  STEWARD_GUARD_BUDGETS_CHANGES_PER_HOUR: '1000',
  STEWARD_GUARD_BUDGETS_CHANGES_PER_HOUR_PER_TARGET: '1000',
};
const home = freshHome();
let program: Started;
let url: string;
beforeAll(async () => {
  program = await startCli(home, ['up', '--lab', 'demo', '--mode', 'assist', '--port', '0'], { env: MANY_CHANGES });
  url = String(program.facts['url']);
});
afterAll(async () => {
  expect(await program.stop()).toBe(0);
});

const stdio = (): Where => ({
  command: process.execPath,
  args: [CLI, 'up', '--stdio', '--lab', 'demo', '--mode', 'assist'],
  env: environmentOf(freshHome()),
});

const planIdIn = (text: string): string => /\bplan-[a-z0-9]+/.exec(text)?.[0] ?? `no plan in: ${text}`;

async function planLabel(client: TestClient, value: string): Promise<string> {
  const input = { kind: 'Namespace', name: 'cardboard', labels: { tried: value } };
  const planned = await client.call('plan_change', { action: 'cluster_label', input, reason: 'a test' });
  expect(planned.text).toContain('ASKS FOR A PERSON');
  return planIdIn(planned.text);
}

async function labelNow(client: TestClient): Promise<string> {
  const { text } = await client.call('cluster_get', { kind: 'Namespace', name: 'cardboard' });
  return /tried: (\S+)/.exec(text)?.[1] ?? 'none';
}

const WAYS: readonly (readonly [string, Kind, () => Where])[] = [
  ['HTTP, 2026-07-28', 'modern', () => ({ url })],
  ['HTTP, 2025-11-25', 'legacy', () => ({ url })],
  ['HTTP, SDK v1', 'sdk-v1', () => ({ url })],
  ['stdio, 2026-07-28', 'modern', stdio],
  ['stdio, SDK v1', 'sdk-v1', stdio],
];

const ANSWERS: readonly (readonly [Person, boolean, string, number])[] = [
  ['accept', true, 'DONE and verified', 1],
  ['cancel', false, 'approval_cancelled', 1],
  ['accept_false', false, 'approval_refused', 1],
  ['decline', false, 'approval_refused', 1],
  ['none', false, 'approval_required', 0],
];

describe.each(WAYS)('approval over %s', (name, kind, where) => {
  // Each stdio client starts a program and a lab of its own; what differs by answer alone is shown over HTTP.
  test.each(name.startsWith('stdio') ? ANSWERS.slice(0, 2) : ANSWERS)(
    'a person who says %s',
    async (person, isRun, said, asked) => {
      const value = `${kind}-${person}-${name.length}`;
      const client = await openClient(kind, where(), person);
      const plan = await planLabel(client, value);
      const applied = await client.call('apply_plan', { plan });
      expect(applied.text).toContain(said);
      expect(client.questions).toHaveLength(asked);
      for (const question of client.questions) expect(question).toContain(plan);
      expect((await labelNow(client)) === value).toBe(isRun);
      await client.close();
    },
  );
});

test('the list of tools is the same bytes for every client', async () => {
  const lists = new Set<string>();
  for (const kind of ['modern', 'legacy', 'sdk-v1'] as const) {
    const client = await openClient(kind, { url });
    for (let count = 0; count < 50; count++) lists.add(await client.listBytes());
    await client.close();
  }
  expect(lists.size).toBe(1);
});

describe('bad input over MCP', () => {
  let client: TestClient;
  beforeAll(async () => {
    client = await openClient('modern', { url }, 'accept', 'bad-input');
  });
  afterAll(() => client.close());
  const plan = (action: string, input: unknown) => client.call('plan_change', { action, input, reason: 'a bad test' });

  test.each([
    ['an argument no tool has', () => client.call('cluster_list', { kind: 'pods', colour: 'red' }), 'invalid_input'],
    ['a missing argument', () => client.call('cluster_get', {}), 'invalid_input'],
    ['an action there is not', () => plan('cluster_explode', {}), 'unknown_action'],
    ['an argument no action has', () => plan('cluster_scale', { colour: 'red' }), 'invalid_action_input'],
    ['a manifest that is not YAML', () => plan('cluster_apply', { manifest: 'a: [' }), /manifest|yaml/i],
    ['a manifest that is no object', () => plan('cluster_apply', { manifest: 'hello' }), /manifest/i],
    [
      'a kind there is not',
      () =>
        plan('cluster_apply', { manifest: 'apiVersion: v1\nkind: Sevice\nmetadata: {name: a, namespace: cardboard}' }),
      'unknown_kind',
    ],
    ['a kind there is not, when reading', () => client.call('cluster_list', { kind: 'Sevice' }), 'unknown_kind'],
    [
      'an object there is not',
      () => client.call('cluster_get', { kind: 'Pod', namespace: 'cardboard', name: 'nobody' }),
      'object_not_found',
    ],
    ['a plan there is not', () => client.call('apply_plan', { plan: 'plan-nobody' }), 'unknown_plan'],
  ])('%s', async (_name, call, code) => {
    const called = await call();
    expect(called).toMatchObject({ isError: true, text: expect.stringMatching(code) });
    expect(called.text.trim().split('\n').length).toBeGreaterThan(1); // and what to do next
  });

  test("somebody else's plan is an unknown plan", async () => {
    const id = await planLabel(client, 'foreign');
    const other = await openClient('modern', { url }, 'accept', 'somebody-else');
    expect(await other.call('apply_plan', { plan: id })).toMatchObject({
      isError: true,
      text: expect.stringContaining('unknown_plan'),
    });
    expect(await other.call('plan_show', { plan: id })).toMatchObject({
      isError: true,
      text: expect.stringContaining('unknown_plan'),
    });
    expect(other.questions).toEqual([]);
    await other.close();
  });

  test('a plan that was used is not run again', async () => {
    const id = await planLabel(client, 'used');
    await client.call('apply_plan', { plan: id });
    const asked = client.questions.length;
    const again = await client.call('apply_plan', { plan: id });
    expect(again.text).toContain('nothing ran again');
    expect(client.questions).toHaveLength(asked);
    const { text } = await client.call('journal_list', { plan: id });
    expect(text.match(/\bintent\b/g)).toHaveLength(1);
  });

  test('a plan whose target has moved is not run', async () => {
    const [first, second] = [await planLabel(client, 'first'), await planLabel(client, 'second')];
    await client.call('apply_plan', { plan: first });
    const stale = await client.call('apply_plan', { plan: second });
    expect(stale.text).toContain('stale_plan');
    expect(await labelNow(client)).toBe('first');
    expect((await client.call('journal_list', { plan: second })).text).not.toMatch(/\boutcome\b/);
  });
});

test('a dead API server and a kubeconfig that points nowhere are clear errors', async () => {
  const dead = join(home, 'dead.yaml');
  const cluster = '{name: d, cluster: {server: "http://127.0.0.1:1"}}';
  writeFileSync(
    dead,
    `apiVersion: v1\nkind: Config\nclusters: [${cluster}]\nusers: [{name: d, user: {}}]\ncontexts: [{name: d, context: {cluster: d, user: d}}]\ncurrent-context: d\n`,
  );
  const cases = [
    [dead, 'kubernetes_unreachable', 69],
    ['/nowhere/kubeconfig', 'kubeconfig_unreadable', 78],
  ] as const;
  await Promise.all(
    cases.map(async ([kubeconfig, code, exit]) => {
      const own = freshHome();
      const on = (...args: string[]) => runCli(own, ['--kubeconfig', kubeconfig, ...args]);
      const input = '{"namespace":"a","name":"b","replicas":1}';
      const planned = await on('--json', 'plan', 'cluster_scale', '--input', input);
      expect(planned).toMatchObject({ code: exit, out: expect.stringContaining(code) });
      expect(await on('doctor')).toMatchObject({ code: 3, out: expect.stringContaining('0 failed') });
      expect((await on('journal', 'list')).out).not.toMatch(/intent|outcome/);
    }),
  );
});

test('a person answers at a terminal, in another process', async () => {
  const client = await openClient('legacy', { url }, 'none', 'no-questions');
  const [yes, no] = [await planLabel(client, 'terminal'), await planLabel(client, 'never')];
  const waiting = JSON.parse((await runCli(home, ['--json', 'approve'])).out) as { plan: string }[];
  expect(waiting.map(({ plan }) => plan)).toEqual(expect.arrayContaining([yes, no]));
  expect(await runCli(home, ['approve', yes])).toMatchObject({ code: 64, err: expect.stringContaining('no_terminal') });
  expect(await runCli(home, ['approve', no, '--refuse', 'not today'])).toMatchObject({ code: 1 });
  expect(await runCli(home, ['approve', yes, '--yes'])).toMatchObject({ code: 0 });
  expect((await client.call('apply_plan', { plan: no })).text).toContain('NOT executed');
  expect((await client.call('apply_plan', { plan: yes })).text).toContain('DONE and verified');
  expect(await runCli(home, ['approve', yes, '--yes'])).toMatchObject({
    code: 77,
    err: expect.stringContaining('plan_not_waiting'),
  });
  expect(await runCli(home, ['approve', 'plan-nobody', '--yes'])).toMatchObject({ code: 66 });
  await client.close();
});

test('a freeze stops every change at once, a thaw ends it', async () => {
  const client = await openClient('modern', { url }, 'accept', 'frozen');
  const id = await planLabel(client, 'cold');
  expect(await runCli(home, ['freeze', 'trying', 'it'])).toMatchObject({ code: 0 });
  const stopped = await client.call('apply_plan', { plan: id });
  expect(stopped.text).toMatch(/frozen/i);
  expect(await labelNow(client)).not.toBe('cold');
  expect(await runCli(home, ['thaw'])).toMatchObject({ code: 0 });
  expect((await client.call('apply_plan', { plan: id })).text).toContain('DONE and verified');
  await client.close();
});

test('the journal of all this is a whole chain', async () => {
  const verified = await runCli(home, ['--json', 'journal', 'verify']);
  expect(verified.code).toBe(0);
  const { ok, entries } = JSON.parse(verified.out) as { ok: boolean; entries: number };
  expect({ ok, many: entries > 30 }).toEqual({ ok: true, many: true });
});
