import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, expect, test } from 'vitest';
import { openClient } from '../support/mcp-client.ts';
import { freshHome, runCli, type Started, startCli } from '../support/run-cli.ts';

let program: Started | undefined;
afterEach(async () => {
  await program?.stop();
  program = undefined;
});

test('without a kubeconfig the lab stands in', async () => {
  program = await startCli(freshHome(), ['up', '--port', '0']);
  expect(program.facts).toMatchObject({ where: 'the lab (demo)', mode: 'operate', tokens: false });
  expect(String(program.facts['url'])).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
});

test('a real cluster is served in assist mode, even while it does not answer', async () => {
  const home = freshHome();
  const kubeconfig = join(home, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    'apiVersion: v1\nkind: Config\nclusters: [{name: d, cluster: {server: "http://127.0.0.1:1"}}]\nusers: [{name: d, user: {}}]\ncontexts: [{name: d, context: {cluster: d, user: d}}]\ncurrent-context: d\n',
  );
  program = await startCli(home, ['up', '--port', '0'], { env: { KUBECONFIG: kubeconfig } });
  expect(program.facts).toMatchObject({ mode: 'assist', where: expect.stringContaining(kubeconfig) });
  const client = await openClient('modern', { url: String(program.facts['url']) });
  const called = await client.call('cluster_list', { kind: 'pods' });
  expect(called).toMatchObject({ isError: true, text: expect.stringContaining('kubernetes_unreachable') });
  await client.close();
});

test('a token opens what it says and nothing else, and a revoked one nothing', async () => {
  const home = freshHome();
  const scopes = ['--scopes', 'read,plan', '--namespaces', 'cardboard'];
  const token = (await runCli(home, ['token', 'create', 'alice/test', ...scopes])).out.trim();
  program = await startCli(home, ['up', '--lab', 'demo', '--port', '0']);
  const url = String(program.facts['url']);
  const headers = { authorization: `Bearer ${token}` };
  for (const kind of ['modern', 'legacy', 'sdk-v1'] as const) {
    await expect(openClient(kind, { url })).rejects.toThrow();
    const client = await openClient(kind, { url, headers });
    expect(await client.call('cluster_list', { kind: 'pods', namespace: 'cardboard' })).toMatchObject({
      isError: false,
    });
    const foreign = await client.call('cluster_list', { kind: 'pods', namespace: 'media' });
    expect(foreign).toMatchObject({ isError: true, text: expect.stringContaining('denied_namespace') });
    const applied = await client.call('apply_plan', { plan: 'plan-whatever' });
    expect(applied).toMatchObject({ isError: true, text: expect.stringContaining('denied_scope') });
    await client.close();
  }
  await runCli(home, ['token', 'revoke', 'alice/test']);
  await runCli(home, ['token', 'create', 'bob/test']);
  await expect(openClient('modern', { url, headers })).rejects.toThrow();
});

test('confirmed lessons are resources, and what people ask most are prompts', async () => {
  program = await startCli(freshHome(), ['up', '--lab', 'demo', '--port', '0']);
  for (const mode of ['legacy', { pin: '2026-07-28' }] as const) {
    const client = new Client({ name: 'reader', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(String(program.facts['url']))));
    const { resources } = await client.listResources();
    expect(resources.length).toBeGreaterThanOrEqual(40);
    const uri = 'lesson://k8s-service-selector-overmatch';
    expect(resources.map((resource) => resource.uri)).toContain(uri);
    const { contents } = await client.readResource({ uri });
    expect(contents[0]).toMatchObject({
      uri,
      mimeType: 'text/markdown',
      text: expect.stringMatching(/^# .*\n\n## Symptom/),
    });
    await expect(client.readResource({ uri: 'lesson://nobody' })).rejects.toMatchObject({ code: -32602 });
    const skill = 'skill://pod-not-starting/SKILL.md';
    expect(resources.find((resource) => resource.uri === skill)?.description).toContain('CrashLoopBackOff');
    const runbook = await client.readResource({ uri: skill });
    expect(runbook.contents[0]).toMatchObject({ uri: skill, text: expect.stringContaining('# A pod does not start') });
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['triage', 'change', 'learn']);
    const { messages } = await client.getPrompt({ name: 'triage', arguments: { what: 'jellyfin in media' } });
    expect(JSON.stringify(messages)).toContain('jellyfin in media');
    await client.close();
  }
});

test('it refuses to start open to all, and on a port that is taken', async () => {
  const home = freshHome();
  expect(await runCli(home, ['up', '--lab', 'demo', '--host', '0.0.0.0'])).toMatchObject({
    code: 78,
    err: expect.stringContaining('open_server'),
  });
  program = await startCli(home, ['up', '--lab', 'demo', '--port', '0']);
  const { port } = new URL(String(program.facts['url']));
  expect(await runCli(home, ['up', '--lab', 'demo', '--port', port])).toMatchObject({
    code: 78,
    err: expect.stringContaining('port_taken'),
  });
});
