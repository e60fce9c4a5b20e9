import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClient, type TestClient } from '../support/mcp-client.ts';
import { freshHome, runCli, type Started, startCli } from '../support/run-cli.ts';

// A change that fails on the lab becomes a candidate, a person confirms it at the terminal, and the next plan hears of it.
const home = freshHome();
const exported = join(home, 'memory-for-git');
let program: Started;
let client: TestClient;
beforeAll(async () => {
  const env = { STEWARD_MEMORY_GRAPH_TOOLS: 'true', STEWARD_MEMORY_EXPORT_FOLDER: exported };
  program = await startCli(home, ['up', '--lab', 'demo', '--mode', 'operate', '--port', '0'], { env });
  client = await openClient('modern', { url: String(program.facts['url']) }, 'accept');
});
afterAll(async () => {
  await client.close();
  expect(await program.stop()).toBe(0);
});

const manifest = (image: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: notes, namespace: cardboard, labels: {app.kubernetes.io/name: notes}}
spec:
  replicas: 1
  progressDeadlineSeconds: 3
  selector: {matchLabels: {app.kubernetes.io/name: notes}}
  template:
    metadata: {labels: {app.kubernetes.io/name: notes}}
    spec:
      containers: [{name: app, image: "${image}", command: [sh, -c, exit 3], resources: {requests: {cpu: 10m, memory: 16Mi}}}]
`;

async function apply(
  image: string,
): Promise<{ readonly plan: string; readonly planned: string; readonly applied: string }> {
  const input = { manifest: manifest(image) };
  const planned = (await client.call('plan_change', { action: 'cluster_apply', input, reason: 'a test' })).text;
  const plan = /\bplan-[a-z0-9]+/.exec(planned)?.[0] ?? expect.unreachable(planned);
  const acknowledge = /acknowledge: (\[.*?\])/.exec(planned)?.[1];
  const names: unknown = JSON.parse(acknowledge ?? '[]');
  return { plan, planned, applied: (await client.call('apply_plan', { plan, acknowledge: names })).text };
}

const lessons = async (...args: string[]) => {
  const ended = await runCli(home, ['--json', 'lessons', ...args]);
  return { ...ended, json: JSON.parse(ended.out || 'null') as never };
};

test('a failure is learned from, reviewed by a person, and told at the next plan', { timeout: 120_000 }, async () => {
  const first = await apply('ghcr.io/example/notes:1.0.0');
  expect(first.applied).toContain('FAILED');
  const { json: queue } = (await lessons('review')) as {
    json: { lesson: { id: string }; evidence: unknown[]; incidents: unknown[] }[];
  };
  expect(queue).toMatchObject([
    {
      lesson: {
        status: 'candidate',
        source: `learned from ${first.plan}: verification_failed`,
        components: { notes: '*' },
      },
      evidence: [{ digest: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      incidents: [{}],
    },
  ]);
  const { id } = queue[0]!.lesson;
  const around = await client.call('lessons_graph', { node: id });
  expect(around.text).toContain(`incident:${first.plan}`);

  const file = join(home, 'lesson.md');
  expect(await lessons('edit', id, '--out', file)).toMatchObject({ code: 0 });
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(/^cause: .*$/m, 'cause: The command of the container ends at once'),
  );
  expect(await lessons('edit', id, '--from', file)).toMatchObject({
    code: 0,
    json: { cause: 'The command of the container ends at once' },
  });
  expect(await lessons('confirm', id)).toMatchObject({ code: 0, json: { status: 'confirmed' } });
  expect(await lessons('promote', id)).toMatchObject({ code: 66 });
  expect(await lessons('export-policy', id)).toMatchObject({ code: 64, json: { error: { code: 'policy_no_guard' } } });

  const again = await apply('ghcr.io/example/notes:1.0.1');
  expect(again.planned).toContain(id);
  expect((await client.call('lesson_feedback', { lesson: id, plan: again.plan, verdict: 'heeded' })).text).toContain(
    'heeded',
  );
  expect(await lessons('metrics')).toMatchObject({ json: { incidents: 2, recurrences: 1, ratio: 0.5 } });
  const before = await client.call('lessons_search', { text: 'notes', as_of: '2020-01-01' });
  expect(before.text).toContain('No lesson');
});

test('entities live on the same graph, when they are asked for', async () => {
  const made = {
    entities: [
      { name: 'nas', entityType: 'host', observations: ['has two pools'] },
      { name: 'pve1', entityType: 'host' },
    ],
  };
  expect(await client.call('create_entities', made)).toMatchObject({ isError: false });
  await client.call('create_relations', { relations: [{ from: 'pve1', to: 'nas', relationType: 'runs' }] });
  const found = await client.call('search_nodes', { query: 'pools' });
  expect(found.text).toContain('has two pools');
  expect((await client.call('read_graph', {})).text).toContain('runs');
  expect(
    await client.call('add_observations', { observations: [{ entityName: 'nobody', contents: ['x'] }] }),
  ).toMatchObject({ isError: true });
});

test('a drain is told what rules and checks know, not what the names of its pods sound like', async () => {
  for (const node of ['k3s-agent-2', 'k3s-agent-3']) {
    const { text } = await client.call('plan_change', { action: 'cluster_drain', input: { node }, reason: 'a test' });
    expect(text).toContain('Lessons asked');
    expect(text).not.toContain('(likely');
  }
});

test('deleting a pod hears of the lesson about pods without a controller only when it has none', async () => {
  const { text } = await client.call('plan_change', {
    action: 'cluster_delete',
    input: { kind: 'Pod', namespace: 'cardboard', name: 'cardboard-postgres-0' },
    reason: 'a test',
  });
  expect(text).toContain('Lessons asked');
  expect(text).not.toContain('agent-delete-ownerless-pod');
});

test('an alert soon after a change that touched what it is about becomes a candidate', async () => {
  const input = { kind: 'Deployment', namespace: 'media', name: 'jellyfin', labels: { team: 'home' } };
  const { text } = await client.call('plan_change', { action: 'cluster_label', input, reason: 'a test' });
  const plan = /\bplan-[a-z0-9]+/.exec(text)?.[0] ?? expect.unreachable(text);
  expect((await client.call('apply_plan', { plan, acknowledge: [] })).text).toContain('DONE');
  const alert = (namespace: string) => ({
    status: 'firing',
    labels: { alertname: 'KubePodCrashLooping', namespace, pod: 'jellyfin-5d4c8b7f9c-x2k4p', severity: 'critical' },
    startsAt: new Date().toISOString(),
  });
  const file = join(home, 'alerts.json');
  writeFileSync(file, JSON.stringify({ alerts: [alert('media'), alert('wiki')] }));
  const { json } = (await lessons('alerts', `@${file}`)) as { json: { alerts: number; learned: { lesson: string }[] } };
  expect(json).toMatchObject({ alerts: 2, learned: [{ alert: 'KubePodCrashLooping', how: 'new' }] });
  const { json: queue } = (await lessons('review')) as { json: { lesson: { id: string; status: string } }[] };
  expect(queue.find(({ lesson }) => lesson.id === json.learned[0]?.lesson)).toMatchObject({
    lesson: { status: 'candidate' },
  });
});

test('a server writes its memory for git by itself', async () => {
  await expect.poll(() => existsSync(join(exported, 'lessons/k8s-latest-tag.md')), { timeout: 10_000 }).toBe(true);
});
