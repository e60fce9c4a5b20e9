import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { countingIds } from '../../core/ids.ts';
import { createRegistry } from '../registry.ts';
import { caller, NOW } from '../testing.ts';
import { fakeKubernetes, pod } from '../testing-cluster.ts';
import { fakeLessons } from '../testing-plan.ts';
import { toolsets } from '../toolsets.ts';
import { foldLog } from './support/fold-log.ts';

const call = async (log: string, args: Record<string, unknown> = {}): Promise<string> => {
  const owner = { kind: 'ReplicaSet', name: 'web-7d', uid: 'rs' };
  const objects = [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'media', uid: 'deploy' } },
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'web-7d', namespace: 'media', uid: 'rs', ownerReferences: [{ uid: 'deploy' }] },
    },
    pod({ name: 'web-7d-well', owner }),
    pod({ name: 'web-7d-sick', owner, waiting: 'CrashLoopBackOff', restarts: 5 }),
  ];
  const clients = {
    kubernetes: fakeKubernetes({ objects, logs: { 'media/web-7d-sick': log, 'media/web-7d-well': 'I am well' } }),
    lessons: fakeLessons(),
  };
  const registry = createRegistry({ toolsets, clients, clock: new ManualClock(NOW), random: countingIds() });
  return (await registry.call('cluster_logs', { namespace: 'media', name: 'web', ...args }, caller())).text;
};

const longLog = Array.from({ length: 20_000 }, (_, i) =>
  i % 1_000 === 500
    ? `2026-11-24T11:${String(i % 60).padStart(2, '0')}:00Z ERROR db: connection refused to 10.42.0.${i % 250}:5432 attempt ${i}`
    : `2026-11-24T11:00:00Z INFO ${['serving', 'cache miss for', 'user signed in', 'rendered'][i % 4]} item-${i * 7} in ${i % 90} ms`,
).join('\n');

test('20,000 lines in 5,000 tokens: start, errors with counts, end', async () => {
  const text = await call(longLog, { tail: 20_000 });
  expect(text.length / 4).toBeLessThan(5_000);
  expect(text).toContain('20000 lines, 20 look like errors');
  expect(text).toMatch(/x20 {2}\S+ ERROR db: connection refused/);
  expect(text).toContain('item-0 in');
  expect(text).toContain(`item-${19_999 * 7}`);
});

test('a workload means its sickest pod, and says how many others there are', async () => {
  const text = await call('one\ntwo');
  expect(text).toMatch(
    /^Pod media\/web-7d-sick, container app \(CrashLoopBackOff, 5 restarts; 1 other pods of it\): 2 lines/,
  );
  expect(await call('x', { name: 'web-7d-well' })).toContain('I am well');
});

test('repeats are folded, what differs stays', () => {
  const log = foldLog(`start\n${'GET /health 200 in 3 ms\n'.repeat(50)}GET /x 500\nend`, {
    maxLines: 100,
    maxBytes: 10_000,
  });
  expect(log.lines).toEqual(['start', 'GET /health 200 in 3 ms  (x50, last shown)', 'GET /x 500', 'end']);
});

test('grep is plain text in any case, also for what a pattern would mean', async () => {
  const text = await call('a.b\naxb\nA.B (again)\n', { grep: 'a.b' });
  expect(text).toContain('2 lines');
  expect(text).not.toContain('axb');
});

test('colours go, other control characters are shown, secrets are out, and the session is tainted', async () => {
  const text = await call('\u001b[31mred\u001b[0m \u001b]0;title\u0007 password=hunter2');
  expect(text).toContain('red <U+001B>]0;title<U+0007>');
  expect(text).not.toContain('hunter2');
});

test('an unknown container names those there are', async () => {
  const text = await call('x', { container: 'nope' });
  expect(text).toContain('unknown_container');
  expect(text).toContain('Containers: app.');
});
