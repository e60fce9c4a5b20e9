import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { countingIds } from '../../core/ids.ts';
import { createWorldReader } from '../../world/create-reader.ts';
import { createRegistry } from '../registry.ts';
import { caller, NOW } from '../testing.ts';
import { fakeKubernetes } from '../testing-cluster.ts';
import { brokenLab, healthyLab } from '../testing-lab.ts';
import { fakeLessons, lesson } from '../testing-plan.ts';
import { toolsets } from '../toolsets.ts';

const clock = new ManualClock(NOW);
const diagnose = async (
  objects: typeof brokenLab,
  args: Record<string, unknown>,
  logs: Record<string, string> = {},
): Promise<string> => {
  const kubernetes = fakeKubernetes({ objects, logs });
  const world = createWorldReader({ kubernetes, clock });
  const clients = { kubernetes, world, audit: { run: async () => [] }, lessons: fakeLessons([lesson()]) };
  const registry = createRegistry({ toolsets, clients, clock, random: countingIds() });
  return (await registry.call('cluster_diagnose', args, caller())).text;
};

test.each([
  ['memory', /more memory than its limit/, /memory limit 128Mi/],
  ['crash', /ends right after the start \(exit 1\)/, /previous: true/],
  ['image', /image cannot be pulled/, /ImagePullBackOff/],
  ['notes', /cannot be created: PodSecurity forbids them/, /allowPrivilegeEscalation/],
  ['volume', /volume claim home\/volume-data is Pending/, /storageclass.storage.k8s.io "longhorn" not found/],
  ['arm', /for another processor architecture/, /Node n3 is arm64/],
  ['zero', /scaled to zero/, /wants 0 pods/],
  ['volume-data', /volume claim home\/volume-data is Pending/, /Deployment home\/volume/],
])('%s: the root cause comes first, with its evidence', async (name, cause, evidence) => {
  const text = await diagnose(brokenLab, { namespace: 'home', name });
  expect(text.split('\n')[0]).toMatch(cause);
  expect(text).toMatch(evidence);
});

test('what runs well is said to run well', async () => {
  const text = await diagnose(healthyLab, { namespace: 'media', name: 'jellyfin' });
  expect(text).toMatch(/^Deployment media\/jellyfin is running: 1 of 1 pods healthy\. Nothing wrong found\./);
});

test('a pod and a Service stand for their workload; a wrong name gets near ones', async () => {
  expect(await diagnose(brokenLab, { namespace: 'home', name: 'memory-6b9f8-x2k9q' })).toMatch(
    /^Deployment home\/memory is NOT/,
  );
  expect(await diagnose(brokenLab, { namespace: 'home', name: 'memroy' })).toContain('Near: memory');
});

test('what cannot be read is said, never taken for health', async () => {
  const kubernetes = fakeKubernetes({ objects: brokenLab });
  const blind = {
    ...kubernetes,
    listAll: async (kind: any, ...rest: [any, any]) =>
      kind.resource === 'persistentvolumeclaims'
        ? Promise.reject(new Error('forbidden'))
        : kubernetes.listAll(kind, ...rest),
  };
  const clients = {
    kubernetes,
    world: createWorldReader({ kubernetes: blind, clock }),
    audit: { run: async () => [] },
    lessons: fakeLessons(),
  };
  const { text } = await createRegistry({ toolsets, clients, clock, random: countingIds() }).call(
    'cluster_diagnose',
    { namespace: 'media', name: 'jellyfin' },
    caller(),
  );
  expect(text).toContain('Could not look at: persistentVolumeClaims.');
});

test('the last words of a failing container are evidence, and tell an image for another processor', async () => {
  const args = { namespace: 'home', name: 'crash' };
  expect(await diagnose(brokenLab, args, { 'home/crash-6b9f8-x2k9q': 'starting\nKeyError: DATABASE_URL' })).toContain(
    'log of crash-6b9f8-x2k9q/app: KeyError: DATABASE_URL',
  );
  expect(await diagnose(brokenLab, args, { 'home/crash-6b9f8-x2k9q': 'exec /app: exec format error' })).toMatch(
    /^.*for another processor architecture/,
  );
});
