import { expect, test } from 'vitest';
import type {
  KubeKind,
  KubeObject,
  KubernetesReader,
  ListOptions,
  LogOptions,
} from '../clients/kubernetes/contract.ts';
import { ManualClock } from '../core/clock.ts';
import { StewardError } from '../core/errors.ts';
import { createWorldReader } from './create-reader.ts';
import type { ImagePlatforms } from './kubernetes/images.ts';

type Answer = (kind: KubeKind, options: ListOptions, signal: AbortSignal) => Promise<readonly KubeObject[]>;

const signal = new AbortController().signal;
const clock = new ManualClock('2026-11-20T12:00:00Z');

// a reader that lists what it is told: the gatherer calls nothing else
const reader = (listAll: Answer) => ({ listAll }) as unknown as KubernetesReader;

const object = (kind: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'media' },
  ...more,
});

const pod = (name: string, image: string, node: string, status: object) =>
  object('Pod', name, { spec: { nodeName: node, containers: [{ name: 'main', image }] }, status });

const nodes = ['amd64', 'arm64'].map((architecture) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: architecture },
  status: { nodeInfo: { architecture, operatingSystem: 'linux' } },
}));

test('a list that is forbidden makes its part unknown with the reason, and the others are known', async () => {
  const kubernetes = reader(async ({ resource }) => {
    if (resource === 'persistentvolumes')
      throw new StewardError('Unable to list persistentvolumes: forbidden.', {
        kind: 'target',
        code: 'kubernetes_forbidden',
      });
    return [];
  });
  const world = await createWorldReader({ kubernetes, clock }).world({ maxAgeMs: 0, signal });
  expect(world.part('persistentVolumes')).toEqual({
    state: 'unknown',
    reason: 'Unable to list persistentvolumes: forbidden.',
  });
  expect(world.part('pods')).toMatchObject({ state: 'known' });
  expect(world.part('change')).toEqual({ state: 'absent' });
});

test('an object that does not fit makes its part unknown and names the object', async () => {
  const kubernetes = reader(async ({ kind }) =>
    kind === 'Service' ? [object('Service', 'web', { spec: { ports: 3 } })] : [],
  );
  const services = (await createWorldReader({ kubernetes, clock }).world({ maxAgeMs: 0, signal })).part('services');
  expect(services.state === 'unknown' && services.reason).toContain('media/web');
});

test('without Kubernetes every part is absent', async () => {
  const world = await createWorldReader({ clock }).world({ maxAgeMs: 0, signal });
  expect(world.part('pods')).toEqual({ state: 'absent' });
});

test('a world that is young enough is kept, an old one is read anew, and 0 always is', async () => {
  const time = new ManualClock('2026-11-20T12:00:00Z');
  let lists = 0;
  const kubernetes = reader(async ({ kind }) => {
    if (kind === 'Pod') lists++;
    return [];
  });
  const { world } = createWorldReader({ kubernetes, clock: time });
  const first = await world({ maxAgeMs: 1000, signal });
  time.advance(1000);
  expect(await world({ maxAgeMs: 1000, signal })).toBe(first);
  time.advance(1);
  expect(await world({ maxAgeMs: 1000, signal })).not.toBe(first);
  await world({ maxAgeMs: 0, signal });
  expect(lists).toBe(3);
});

test('one look at a time: callers share it, and who wants it fresh gets the next one', async () => {
  let lists = 0;
  const gate = Promise.withResolvers<void>();
  const kubernetes = reader(async ({ kind }) => {
    if (kind === 'Pod') lists++;
    await gate.promise;
    return [];
  });
  const { world } = createWorldReader({ kubernetes, clock });
  const shared = [world({ maxAgeMs: 5, signal }), world({ maxAgeMs: 5, signal })];
  const fresh = [world({ maxAgeMs: 0, signal }), world({ maxAgeMs: 0, signal })];
  gate.resolve();
  const [a, b, c, d] = await Promise.all([...shared, ...fresh]);
  expect(a).toBe(b);
  expect(c).toBe(d);
  expect(c).not.toBe(a);
  expect(lists).toBe(2);
});

test('a caller who leaves does not stop the others; when all have left, the look stops', async () => {
  const signals: AbortSignal[] = [];
  const kubernetes = reader(async (_, __, stop) => {
    signals.push(stop);
    await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
    return [];
  });
  const { world } = createWorldReader({ kubernetes, clock });
  const [one, two] = [new AbortController(), new AbortController()];
  const looks = [one, two].map((each) => world({ maxAgeMs: 5, signal: each.signal }));
  one.abort();
  await expect(looks[0]).rejects.toThrow();
  expect(signals[0]?.aborted).toBe(false);
  two.abort();
  await expect(looks[1]).rejects.toThrow();
  expect(signals[0]?.aborted).toBe(true);
});

test('what cannot be read in time is unknown', async () => {
  const kubernetes = reader(
    (_, __, stop) => new Promise((_resolve, reject) => stop.addEventListener('abort', reject, { once: true })),
  );
  const world = await createWorldReader({ kubernetes, clock, timeoutMs: 5 }).world({ maxAgeMs: 0, signal });
  expect(world.part('pods')).toEqual({ state: 'unknown', reason: 'it could not be read in time' });
});

test('only recent warnings are kept of the events', async () => {
  const event = (name: string, lastTimestamp: string) => object('Event', name, { lastTimestamp, involvedObject: {} });
  const asked: (string | undefined)[] = [];
  const kubernetes = reader(async ({ kind }, { fieldSelector }) => {
    if (kind !== 'Event') return [];
    asked.push(fieldSelector);
    return [event('old', '2026-11-20T05:00:00Z'), event('new', '2026-11-20T11:00:00Z')];
  });
  const events = (await createWorldReader({ kubernetes, clock }).world({ maxAgeMs: 0, signal })).part('events');
  expect(events.state === 'known' && [...events.value.keys()]).toEqual(['media/new']);
  expect(asked).toEqual(['type=Warning']);
});

const images = async (pods: readonly KubeObject[], registry?: ImagePlatforms) => {
  const kubernetes = reader(async ({ kind }) => (kind === 'Node' ? nodes : kind === 'Pod' ? pods : []));
  const sources = { kubernetes, clock, ...(registry === undefined ? {} : { images: registry }) };
  const part = (await createWorldReader(sources).world({ maxAgeMs: 0, signal })).part('images');
  if (part.state !== 'known') throw new Error('images are not known');
  return part.value;
};

const isReady = { containerStatuses: [{ name: 'main', ready: true }] };
const broken = {
  containerStatuses: [
    { name: 'main', lastState: { terminated: { exitCode: 128, message: 'exec /app: exec format error' } } },
  ],
};

test('a ready container proves its platform, an exec format error disproves it, and the rest stays open', async () => {
  const found = await images([
    pod('a', 'app:1', 'amd64', isReady),
    pod('b', 'app:1', 'arm64', broken),
    pod('c', 'new', 'arm64', {}),
  ]);
  expect(found.get('docker.io/library/app:1')).toMatchObject({
    platforms: ['linux/amd64'],
    broken: ['linux/arm64'],
    complete: false,
  });
  expect(found.get('docker.io/library/new:latest')).toMatchObject({ platforms: [], broken: [], complete: false });
});

test('the log of a crash is read where the status does not say why, once for each image and platform', async () => {
  const crashed = {
    containerStatuses: [{ name: 'main', lastState: { terminated: { exitCode: 1, reason: 'Error' } } }],
  };
  const asked: string[] = [];
  const pods = [
    pod('a', 'app:1', 'arm64', crashed),
    pod('b', 'app:1', 'arm64', crashed),
    pod('c', 'own:1', 'arm64', crashed),
  ];
  const kubernetes = {
    ...reader(async ({ kind }) => (kind === 'Node' ? nodes : kind === 'Pod' ? pods : [])),
    logs: async (_: string, name: string, { previous }: LogOptions) => {
      asked.push(`${name} ${previous ?? false}`);
      return name === 'a' ? 'exec /app: exec format error' : 'panic: no configuration';
    },
  };
  const part = (await createWorldReader({ kubernetes, clock }).world({ maxAgeMs: 0, signal })).part('images');
  if (part.state !== 'known') throw new Error('images are not known');
  expect(part.value.get('docker.io/library/app:1')?.broken).toEqual(['linux/arm64']);
  expect(part.value.get('docker.io/library/own:1')?.broken).toEqual([]);
  expect(asked).toEqual(['a true', 'c true']);
});

test('a registry that can be read gives the whole list; one that cannot changes nothing', async () => {
  const registry: ImagePlatforms = {
    platformsOf: async (image) => {
      if (image.includes('private')) throw new Error('401');
      return ['linux/amd64', 'linux/arm64'];
    },
  };
  const found = await images(
    [pod('a', 'app:1', 'amd64', {}), pod('b', 'private.example/x:1', 'amd64', isReady)],
    registry,
  );
  expect(found.get('docker.io/library/app:1')).toMatchObject({
    platforms: ['linux/amd64', 'linux/arm64'],
    complete: true,
  });
  expect(found.get('private.example/x:1')).toMatchObject({ platforms: ['linux/amd64'], complete: false });
});
