import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshHome, runCli, type Started, startCli } from '../support/run-cli.ts';

// One lab, served as `lab up` serves it, and the commands of a person who works on it.
const home = freshHome();
let lab: Started;
let kubeconfig: string;
beforeAll(async () => {
  lab = await startCli(home, ['lab', 'up', 'demo']);
  kubeconfig = String(lab.facts['kubeconfig']);
});
afterAll(async () => {
  expect(await lab.stop()).toBe(0);
  expect(existsSync(kubeconfig)).toBe(false); // it would point to nothing
});
const run = (...args: string[]) => runCli(home, ['--kubeconfig', kubeconfig, ...args]);

test('the kubeconfig is for its owner only and opens a lab that asks for a token', async () => {
  expect(readFileSync(kubeconfig, 'utf8')).toContain(String(lab.facts['url']));
  const status = await new Promise<number | undefined>((done, fail) => {
    const secrets = `${String(lab.facts['url'])}/api/v1/namespaces/kube-system/secrets`;
    // A stranger does not know the certificate of the lab either.
    get(secrets, { rejectUnauthorized: false }, (response) => done(response.resume().statusCode)).on('error', fail);
  });
  expect(status).toBe(401);
  expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
});

test('every scenario is listed, and an unknown one is refused with the list', async () => {
  const { out } = await runCli(home, ['lab', 'list']);
  for (const name of ['demo', 'seed-1', 'selector-trap']) expect(out).toMatch(new RegExp(`^${name} `, 'm'));
  const refused = await runCli(home, ['lab', 'up', 'nowhere']);
  expect(refused).toMatchObject({ code: 64, err: expect.stringContaining('selector-trap') });
  expect(await runCli(home, ['doctor', '--lab', 'nowhere'])).toMatchObject({ code: 64 });
});

test('doctor finds the trap, worst first, with evidence, remedy and lesson, and changes nothing', async () => {
  const { code, out } = await runCli(home, ['doctor', '--lab', 'selector-trap']);
  expect(code).toBe(2);
  expect(out).toMatch(/HIGH +K01 /);
  expect(out).toContain('remedy: ');
  expect(out).toContain('lesson: k8s-service-selector-overmatch (');
  expect(out).toMatch(/\d+ checks, \d+ failed, \d+ could not be checked, \d+ passed, \d+ not applicable\n$/);
});

test('what the configuration sets for a check holds, and what does not fit is told before anything is looked at', async () => {
  const file = (text: string): string => {
    const path = `${home}/checks.yaml`;
    writeFileSync(path, text);
    return path;
  };
  const doctor = (text: string) =>
    runCli(home, ['--config', file(text), '--lab', 'scrub-overdue', 'doctor', '--only', 'Z02']);
  expect(await doctor('{}')).toMatchObject({ code: 2, out: expect.stringContaining('Z02') });
  expect(await doctor('checks: { Z02: { maxDays: 400 } }')).toMatchObject({ code: 0 });
  expect(await doctor('checks: { Z02: { maxDay: 400 } }')).toMatchObject({
    code: 78,
    err: expect.stringContaining('maxDays (35)'),
  });
  const shown = await runCli(home, ['--config', file('checks: { Z02: { maxDays: 400 } }'), 'check', 'show', 'z02']);
  expect(shown.out).toMatch(/^maxDays +35 +400$/m);
  expect(await runCli(home, ['check', 'show', 'Z99'])).toMatchObject({ code: 66 });
});

test('doctor of one check only, as text and as data', async () => {
  expect(await run('doctor', '--only', 'K01')).toMatchObject({
    code: 0,
    out: expect.stringContaining('1 check, 0 failed'),
  });
  const { code, out } = await run('--json', 'doctor', '--only', 'K06');
  const { results, counts } = JSON.parse(out) as { results: { check: string; status: string }[]; counts: object };
  expect(code).toBe(2);
  expect(results).toEqual([expect.objectContaining({ check: 'K06', status: 'fail' })]);
  expect(counts).toMatchObject({ fail: 1 });
  expect(await run('doctor', '--only', 'K99')).toMatchObject({
    code: 64,
    err: expect.stringContaining('unknown_check'),
  });
});

test('the catalogue of checks', async () => {
  const { code, out } = await runCli(home, ['--json', 'check', 'list']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ id: 'K01', introduced: 'deny' }));
});

describe('plan and apply', () => {
  const scale = (replicas: number) => JSON.stringify({ namespace: 'cardboard', name: 'cardboard-web', replicas });
  const service = (selector: string) =>
    JSON.stringify({
      manifest: `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: cardboard}, spec: {selector: ${selector}, ports: [{port: 80, targetPort: 8080}]}}`,
    });
  const planOf = (out: string): string => /\bplan-[a-z0-9]+/.exec(out)?.[0] ?? 'none';

  test('what waits for a person says so, is approved in a second terminal and runs once', async () => {
    const planned = await run('plan', 'cluster_scale', '--input', scale(3), '--reason', 'a test');
    expect(planned).toMatchObject({ code: 4, out: expect.stringContaining('ASKS FOR A PERSON') });
    const plan = planOf(planned.out);
    const early = await run('apply', plan);
    expect(early).toMatchObject({ code: 1, out: expect.stringContaining(`steward approve ${plan}`) });
    expect(await run('approve', plan, '--yes')).toMatchObject({ code: 0 });
    expect(await run('apply', plan)).toMatchObject({ code: 0 });
    expect(await run('apply', plan)).toMatchObject({ code: 0, out: expect.stringContaining('kept result') });
    const { out } = await run('journal', 'list', '--plan', plan);
    expect(out.match(/ intent /g)).toHaveLength(1);
  });

  test('what is denied is denied, on every road', async () => {
    const planned = await run('plan', 'cluster_apply', '--input', service('{app.kubernetes.io/name: cardboard}'));
    expect(planned).toMatchObject({ code: 1, out: expect.stringContaining('DENIED') });
    const plan = planOf(planned.out);
    expect(await run('approve', plan, '--yes')).toMatchObject({
      code: 77,
      err: expect.stringContaining('plan_not_waiting'),
    });
    expect(await run('apply', plan)).toMatchObject({ code: 1, out: expect.stringContaining('NOT EXECUTED') });
  });

  test('what is clean runs by itself in operate mode, from stdin, as data', async () => {
    const input = service('{app.kubernetes.io/name: cardboard, app.kubernetes.io/component: web}');
    const args = ['--json', '--mode', 'operate', '--kubeconfig', kubeconfig];
    const planned = await runCli(home, [...args, 'plan', 'cluster_apply', '--input', '-'], { input });
    const { id, decision } = JSON.parse(planned.out) as { id: string; decision: { kind: string } };
    expect({ code: planned.code, kind: decision.kind }).toEqual({ code: 0, kind: 'allow' });
    const applied = await runCli(home, [...args, 'apply', id]);
    expect(applied.code).toBe(0);
    expect(JSON.parse(applied.out)).toMatchObject({ kind: 'ran', outcome: { state: 'done', verified: 'yes' } });
  });

  test.each([
    ['an action there is not', ['plan', 'cluster_explode', '--input', '{}'], 66],
    ['an input that is no JSON', ['plan', 'cluster_scale', '--input', '{'], 64],
    ['an input that does not fit', ['plan', 'cluster_scale', '--input', '{}'], 64],
    [
      'an object there is not',
      ['plan', 'cluster_scale', '--input', '{"namespace":"cardboard","name":"x","replicas":1}'],
      66,
    ],
    ['a plan there is not', ['apply', 'plan-nobody'], 66],
    ['a lesson there is not', ['lessons', 'show', 'nobody'], 66],
  ])('%s', async (_name, args, code) => {
    const plain = await run(...args);
    expect(plain.code).toBe(code);
    const { code: same } = await run('--json', ...args);
    expect(same).toBe(code);
  });
});

test('lessons are found, shown in full and counted', async () => {
  const { out } = await run('lessons', 'search', 'service', 'selector', 'database');
  expect(out.split('\n')[1]).toContain('k8s-service-selector-overmatch');
  const shown = await run('lessons', 'show', 'k8s-service-selector-overmatch');
  expect(shown.out).toMatch(/prevented [1-9]/); // by the denied plan above
  const all = JSON.parse((await run('--json', 'lessons', 'list', '--limit', '500')).out) as unknown[];
  expect(all.length).toBeGreaterThanOrEqual(40);
});
