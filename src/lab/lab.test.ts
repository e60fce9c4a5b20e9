import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { Pod } from './kubernetes/controllers/kinds.ts';
import { conditionOf } from './kubernetes/controllers/support.ts';
import { type Lab, listScenarios, startLab } from './lab.ts';
import { loadScenario, scenarioNames } from './scenarios/load.ts';

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const start = async (scenario: string) => {
  lab = await startLab({ scenario, clock: new ManualClock('2026-11-20T09:30:00Z') });
  return lab.kubernetes.cluster;
};

const byText = (a = '', b = ''): number => a.localeCompare(b);

const isWell = ({ status }: Pod): boolean =>
  status?.phase === 'Succeeded' || conditionOf(status, 'Ready')?.status === 'True';

const namesOf = (pods: readonly Pod[]): string[] =>
  pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

test.each(scenarioNames())('scenario %s settles; when it is healthy every pod is ready', async (name) => {
  const cluster = await start(name);
  // The store holds pods that the API has validated.
  const pods = cluster.store.list('pods') as Pod[];
  expect(pods.length).toBeGreaterThan(50);
  const unwell = namesOf(pods.filter((pod) => !isWell(pod)));
  if (loadScenario(name).healthy) expect(unwell).toEqual([]);
  const revision = cluster.store.revision();
  await cluster.settle();
  expect(cluster.store.revision()).toBe(revision);
});

test('every fault says what must be found, every near-miss what must not', () => {
  for (const { name } of listScenarios()) {
    const { expect: found, expectNot, extends: base } = loadScenario(name);
    if (base !== undefined) expect(found.length + expectNot.length, name).toBeGreaterThan(0);
  }
});

test('the first homelab has the nodes of its description and everything looks as old as it is', async () => {
  const cluster = await start('seed-1');
  const nodes = cluster.store.list('nodes');
  expect(nodes.map(({ metadata }) => metadata.labels?.['kubernetes.io/arch']).toSorted(byText)).toEqual([
    ...Array<string>(7).fill('amd64'),
    'arm64',
  ]);
  const [pod] = (cluster.store.list('pods', 'cardboard') as Pod[]).filter(({ metadata }) =>
    metadata.name.startsWith('cardboard-web'),
  );
  expect(pod?.metadata.creationTimestamp).toBe('2026-10-22T09:30:00Z');
  expect(conditionOf(pod?.status, 'Ready')?.lastTransitionTime).toMatch(/^2026-10-22/);
});

test('a crash loop has restarted as often as it would have in its time', async () => {
  const cluster = await start('crash-loop-oom');
  const pods = cluster.store.list('pods', 'trade-bot') as Pod[];
  const status = pods.find(({ metadata }) => metadata.name.startsWith('trade-bot-'))?.status?.containerStatuses?.[0];
  expect(status?.restartCount).toBeGreaterThan(30);
  expect(status?.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
});

test('the trap is set: web and postgres of cardboard differ by component alone', async () => {
  const cluster = await start('demo');
  const pods = cluster.store
    .list('pods', 'cardboard')
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'cardboard');
  const components = new Set(pods.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component']));
  expect([...components].toSorted(byText)).toEqual(['postgres', 'web']);
});

test('an unknown scenario is refused with the names of those that exist', async () => {
  await expect(startLab({ scenario: 'seed-9' })).rejects.toMatchObject({ code: 'unknown_scenario' });
});
