import { expect, test } from 'vitest';
import type { KubeObject } from '../../clients/kubernetes/contract.ts';
import { ManualClock } from '../../core/clock.ts';
import { countingIds } from '../../core/ids.ts';
import { createRegistry } from '../registry.ts';
import { caller, NOW } from '../testing.ts';
import { fakeKubernetes, pod } from '../testing-cluster.ts';
import { fakeLessons } from '../testing-plan.ts';
import { toolsets } from '../toolsets.ts';

const APPS = [
  'jellyfin',
  'sonarr',
  'home-assistant',
  'zigbee2mqtt',
  'grafana',
  'prometheus-server',
  'nextcloud',
  'immich-server',
];
const NAMESPACES = ['media', 'monitoring', 'home', 'kube-system', 'cloud', 'longhorn-system'];
const word = (seed: number, length: number): string =>
  Array.from({ length }, (_, i) =>
    'bcdfghjklmnpqrstvwxz2456789'.charAt((seed * 7919 + i * i * 104_729 + seed * i * 31) % 27),
  ).join('');

/** 200 pods on 8 nodes; the last `sick` of them do not run. */
const pods = (sick: number): KubeObject[] =>
  Array.from({ length: 200 }, (_, i) =>
    pod({
      namespace: NAMESPACES[i % 6]!,
      name: `${APPS[i % 8]}-${word(i, 9)}-${word(i + 500, 5)}`,
      node: `k3s-agent-${(i % 8) + 1}`,
      ageSeconds: 86_400 * (1 + (i % 90)),
      restarts: i % 10 === 0 ? 2 : 0,
      ...(i >= 200 - sick && { waiting: 'CrashLoopBackOff' }),
    }),
  );

const call = async (objects: readonly KubeObject[], args: Record<string, unknown>): Promise<string> => {
  const clients = { kubernetes: fakeKubernetes({ objects }), lessons: fakeLessons() };
  const registry = createRegistry({ toolsets, clients, clock: new ManualClock(NOW), random: countingIds() });
  return (await registry.call('cluster_list', args, caller())).text;
};

const tokens = (text: string): number => text.length / 4;

test('200 pods: counts and what is wrong in 900 tokens, every row in 3,000', async () => {
  const short = await call(pods(6), { kind: 'Pod' });
  expect(tokens(short)).toBeLessThan(900);
  expect(short.match(/CrashLoopBackOff/g)).toHaveLength(6);
  expect(short).toContain('200 pods in all namespaces, 6 not healthy.');
  const all = await call(pods(6), { kind: 'Pod', all: true });
  expect(tokens(all)).toBeLessThan(3_000);
});

test('all: every pod is there, with age, node and restarts', async () => {
  const objects = pods(3);
  const text = await call(objects, { kind: 'Pod', all: true });
  const legend = Object.fromEntries(
    [...text.matchAll(/(n\d+) (k3s-agent-\d)/g)].map(([, alias, node]) => [alias!, node!]),
  );
  for (const { metadata, spec } of objects.slice(0, 197)) {
    const [, family, rest] = /^(.*-)([^-]+)$/.exec(metadata.name)!;
    const row = text.split('\n').find((line) => line.includes(`\t${family}\t`))!;
    const alias = new RegExp(`${rest} \\d+d (n\\d+)`).exec(row)?.[1];
    expect(legend[alias!], metadata.name).toBe((spec as { nodeName: string }).nodeName);
  }
});

test('a short list is shown in full, the abnormal first', async () => {
  const text = await call(
    [pod({ name: 'a-well' }), pod({ name: 'b-sick', waiting: 'ImagePullBackOff', restarts: 4 })],
    { kind: 'po' },
  );
  const rows = text.split('\n').filter((line) => line.includes('/1\t'));
  expect(rows).toEqual(['media\tb-sick\t0/1\tImagePullBackOff\t4\t1d\tn1', '\ta-well\t1/1\tRunning\t0\t1d\tn1']);
});

test('pages follow each other without a gap', async () => {
  const objects = pods(200);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const text = await call(objects, { kind: 'Pod', only_abnormal: true, limit: 70, ...(cursor && { cursor }) });
    seen.push(
      ...text
        .split('\n')
        .filter((line) => line.includes('CrashLoopBackOff'))
        .map((line) => line.split('\t')[1]!),
    );
    cursor = /cursor "(\w+)"/.exec(text)?.[1];
  } while (cursor !== undefined);
  expect(seen.toSorted()).toEqual(objects.map(({ metadata }) => metadata.name).toSorted());
});

test('selector and namespace narrow, nothing found says what to check, a foreign cursor is refused', async () => {
  const objects = [pod({ name: 'a', labels: { app: 'x' } }), pod({ name: 'b', namespace: 'home' })];
  expect(await call(objects, { kind: 'Pod', selector: 'app=x' })).toMatch(/^1 Pod in all/);
  expect(await call(objects, { kind: 'Pod', namespace: 'home' })).toMatch(/^1 Pod in home/);
  expect(await call(objects, { kind: 'Pod', namespace: 'nope' })).toContain('Check the spelling');
  expect(await call(objects, { kind: 'Pod', cursor: 'x' })).toContain('invalid_cursor');
});
