import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServer, type TestServer } from '../testing.ts';

interface Case {
  readonly name: string;
  readonly spec: object;
  /** What a real Kubernetes 1.36.3 answered in a namespace of that level; null = it was created. */
  readonly baseline: string | null;
  readonly restricted: string | null;
}

const cases: Case[] = JSON.parse(readFileSync(new URL('testdata/answers.json', import.meta.url), 'utf8'));
const LABEL = 'pod-security.kubernetes.io/';

let lab: TestServer;
beforeAll(async () => {
  lab = await openServer();
  for (const level of ['baseline', 'restricted'])
    await lab.call('POST', '/api/v1/namespaces', { metadata: { name: level, labels: { [`${LABEL}enforce`]: level } } });
});
afterAll(() => lab.close());

test.each(
  cases.flatMap(({ name, spec, baseline, restricted }) => [
    { name, spec, level: 'baseline', answer: baseline },
    { name, spec, level: 'restricted', answer: restricted },
  ]),
)('$level, $name: as the real server', async ({ spec, level, answer }) => {
  const { code, body } = await lab.call('POST', `/api/v1/namespaces/${level}/pods?dryRun=All`, {
    metadata: { name: 'p' },
    spec,
  });
  expect({ code, message: code === 201 ? null : body.message }).toEqual({
    code: answer === null ? 201 : 403,
    message: answer,
  });
});

test('a namespace that becomes stricter says which of its pods would be refused, one line per reason', async () => {
  await lab.call('POST', '/api/v1/namespaces', { metadata: { name: 'open' } });
  const containers = [{ name: 'c', image: 'x' }];
  for (const [name, spec] of Object.entries({ a: {}, b: {}, c: { hostNetwork: true } }))
    await lab.call('POST', '/api/v1/namespaces/open/pods', { metadata: { name }, spec: { containers, ...spec } });
  const patch = { metadata: { labels: { [`${LABEL}enforce`]: 'restricted' } } };
  const { code, warnings } = await lab.call('PATCH', '/api/v1/namespaces/open?dryRun=All', patch);
  expect(code).toBe(200);
  expect(warnings).toEqual([
    'existing pods in namespace "open" violate the new PodSecurity enforce level "restricted:latest"',
    'a (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
    'c: host namespaces, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
  ]);
  const { body } = await lab.call('GET', '/api/v1/namespaces/open');
  expect(body.metadata.labels).not.toHaveProperty([`${LABEL}enforce`]);
});

test('a label that is no level is refused', async () => {
  const patch = { metadata: { labels: { [`${LABEL}warn`]: 'strict' } } };
  const { code, body } = await lab.call('PATCH', '/api/v1/namespaces/default', patch);
  expect([code, body.details.causes[0].field]).toEqual([422, `metadata.labels[${LABEL}warn]`]);
});

test('warn lets a workload through with a warning', async () => {
  const labels = { [`${LABEL}warn`]: 'baseline' };
  await lab.call('POST', '/api/v1/namespaces', { metadata: { name: 'warned', labels } });
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { hostPID: true, containers: [{ name: 'c', image: 'x' }] },
  };
  const { code, warnings } = await lab.call('POST', '/apis/apps/v1/namespaces/warned/deployments', {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  });
  expect(code).toBe(201);
  expect(warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)']);
});
