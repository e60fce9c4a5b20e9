import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { CheckResult, Finding } from '../core/finding.ts';
import { createWorldReader } from '../world/create-reader.ts';
import { limitClients } from './scope.ts';
import { NOW, principal } from './testing.ts';
import { fakeKubernetes } from './testing-cluster.ts';
import { brokenLab } from './testing-lab.ts';

const kubernetes = fakeKubernetes({ objects: brokenLab });
const signal = AbortSignal.timeout(10_000);
const finding = (target: string): Finding => ({
  check: 'K04',
  severity: 'high',
  target,
  message: 'm',
  evidence: [],
  remedy: 'r',
  fingerprint: target,
  lessons: [],
});
const result = (status: CheckResult['status'], ...targets: string[]): CheckResult => ({
  check: 'K04',
  title: 't',
  severity: 'high',
  status,
  findings: targets.map(finding),
});
const entry = (who: string) => ({
  seq: 1,
  at: '',
  event: 'intent',
  principal: who,
  targets: [],
  summary: '',
  hash: '',
});
const all = {
  kubernetes,
  world: createWorldReader({ kubernetes, clock: new ManualClock(NOW) }),
  audit: {
    run: async () => [result('fail', 'Deployment home/memory', 'Node n1'), result('fail', 'Deployment media/jellyfin')],
  },
  journal: { list: async () => [entry('alice/test'), entry('bob/x')], verify: async () => ({ ok: true, entries: 2 }) },
};
const media = limitClients(all, principal({ namespaces: ['media'] }));

test('a principal of every namespace gets the clients as they are', () => {
  expect(limitClients(all, principal())).toBe(all);
});

test('the world of a limited principal holds its namespaces; what it may not see is unknown, never empty', async () => {
  const world = await media.world!.world({ maxAgeMs: 0, signal });
  const pods = world.part('pods');
  expect(pods.state === 'known' && [...pods.value.keys()]).toEqual(['media/jellyfin-6b9f8-x2k9q']);
  expect(world.part('nodes')).toMatchObject({ state: 'unknown' });
});

test('findings and journal entries of others are left out', async () => {
  const results = await media.audit!.run({ signal });
  expect(results.map(({ status, findings }) => [status, findings.map(({ target }) => target)])).toEqual([
    ['not_applicable', []],
    ['fail', ['Deployment media/jellyfin']],
  ]);
  expect(await media.journal!.list({ limit: 10 })).toHaveLength(1);
});

test.each([
  [
    'list',
    () =>
      media
        .kubernetes!.kind('Pod', signal)
        .then((kind) => media.kubernetes!.listAll(kind, { namespace: 'home' }, signal)),
  ],
  [
    'cluster-scoped list',
    () => media.kubernetes!.kind('Node', signal).then((kind) => media.kubernetes!.list(kind, {}, signal)),
  ],
  ['logs', () => media.kubernetes!.logs('home', 'x', {}, signal)],
  [
    'dry run',
    () =>
      media
        .kubernetes!.kind('Pod', signal)
        .then((kind) =>
          media.kubernetes!.dryRun({ verb: 'evict', ref: { kind, namespace: 'home', name: 'x' }, uid: 'u' }, signal),
        ),
  ],
])('%s outside the namespaces is denied', async (_name, ask) => {
  await expect(ask()).rejects.toMatchObject({ code: 'denied_namespace', kind: 'denied' });
});

test('no namespace at all means nothing', async () => {
  const none = limitClients(all, principal({ namespaces: [] }));
  const kind = await none.kubernetes!.kind('Pod', signal);
  expect(await none.kubernetes!.listAll(kind, {}, signal)).toEqual([]);
});
