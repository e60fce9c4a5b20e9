import { ManualClock } from '../../../core/clock.ts';
import type { Randomness } from '../api/context.ts';
import { createLabApi, type KubernetesApi } from '../api/lab-api.ts';
import type { KubeJson } from '../json.ts';
import { ObjectStore } from '../store.ts';
import { type ControllerOptions, createControllers, trackResources } from './index.ts';
import { all, type Kinds, one } from './kinds.ts';
import type { Image } from './kubelet/images.ts';
import { healthyConditions } from './kubelet/node-status.ts';
import { withListCache } from './list-cache.ts';
import { ControlLoop } from './loop.ts';

export interface HarnessOptions {
  readonly images?: Readonly<Record<string, Partial<Image>>>;
  readonly timing?: Partial<ControllerOptions['kubelet']['timing']>;
  readonly loadBalancerPool?: readonly string[];
  readonly volumeFault?: ControllerOptions['kubelet']['volumeFault'];
  readonly isStuck?: ControllerOptions['isStuck'];
}

/** Counts instead of drawing lots: every run of a test sees the same names. */
const countingRandomness = (): Randomness => {
  let count = 0;
  const next = (): number => (count += 1);
  return {
    uid: () => `00000000-0000-4000-8000-${String(next()).padStart(12, '0')}`,
    suffix: () => String(next()).padStart(5, 'b'),
    number: (below) => next() % below,
  };
};

const imageOf = (facts: Partial<Image>): Image => ({
  platforms: ['linux/amd64', 'linux/arm64'],
  behaviour: { kind: 'run', ready: true },
  startupMs: 0,
  log: [],
  ...facts,
});

const controllersFor = (
  options: HarnessOptions,
  images: ReadonlyMap<string, Image>,
  resources: () => readonly string[],
  down: ReadonlyMap<string, Date>,
) =>
  createControllers({
    kubelet: {
      images,
      timing: { pullMs: 0, startMs: 0, stopMs: 0, jobMs: 0, ...options.timing },
      isDown: (node) => down.has(node),
      volumeFault: options.volumeFault ?? (() => undefined),
    },
    resources,
    downSince: (node) => down.get(node),
    isLive: () => false,
    isStuck: options.isStuck ?? (() => false),
    loadBalancerPool: options.loadBalancerPool ?? [],
    certificate: 'test',
  });

/** Every resource that the tests use is served as v1. */
const apiVersionOf = (resource: string): string => {
  const group = resource.split('.').slice(1).join('.');
  return group === '' ? 'v1' : `${group}/v1`;
};

interface NodeOptions {
  readonly arch?: string;
  readonly cpu?: string;
  readonly labels?: Record<string, string>;
  readonly taints?: readonly object[];
}

const createNode = (api: KubernetesApi, name: string, { arch = 'amd64', cpu = '4', labels, taints }: NodeOptions) => {
  const size = { cpu, memory: '8Gi', pods: '110' };
  const index = all(api, 'nodes').length;
  return api.create(
    'nodes',
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/arch': arch, ...labels } },
      spec: { podCIDR: `10.42.${index}.0/24`, ...(taints && { taints }) },
      status: {
        capacity: size,
        allocatable: size,
        nodeInfo: { architecture: arch },
        addresses: [{ type: 'InternalIP', address: `192.168.20.${10 + index}` }],
        conditions: healthyConditions(api.now()),
      },
    },
    'test',
  );
};

/** For tests: the real API and all controllers on a clock that the test moves. */
export const startHarness = (options: HarnessOptions = {}) => {
  const clock = new ManualClock('2026-11-20T12:00:00Z');
  const store = new ObjectStore(clock);
  const resources = trackResources(store);
  const api = createLabApi(store, { random: countingRandomness() });
  const down = new Map<string, Date>();
  const images = new Map(Object.entries(options.images ?? {}).map(([name, facts]) => [name, imageOf(facts)]));
  const loop = new ControlLoop(withListCache(api), controllersFor(options, images, resources, down));
  const find = (resource: keyof Kinds, name: string, namespace: string | undefined): KubeJson => {
    const current = api.get(resource, namespace, name);
    if (!current) throw new Error(`there is no ${resource} ${name}`);
    return current;
  };
  loop.run();
  return {
    api,
    clock,
    images,
    down,
    settle: () => loop.run(),
    /** Runs every timer on the way. */
    advance: (ms: number) => {
      const end = +clock.now() + ms;
      loop.run();
      for (let next = loop.nextWake(); next && +next <= end; next = loop.nextWake()) {
        clock.advance(Math.max(0, +next - +clock.now()));
        loop.run();
      }
      clock.advance(end - +clock.now());
      loop.run();
    },
    all: <R extends keyof Kinds>(resource: R, namespace = 'default') => all(api, resource, namespace),
    /** Of resources without a namespace. */
    everywhere: <R extends keyof Kinds>(resource: R) => all(api, resource),
    one: <R extends keyof Kinds>(resource: R, name: string, namespace: string | undefined = 'default') =>
      one(api, resource, namespace, name),
    reasons: (name: string) =>
      all(api, 'events')
        .filter((event) => (event['involvedObject'] as { name: string }).name === name)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map((event) => `${String(event['reason'])}: ${String(event['message'])}`),
    count: (name: string, reason: string) =>
      all(api, 'events')
        .filter((event) => (event['involvedObject'] as { name: string }).name === name && event['reason'] === reason)
        .reduce((sum, event) => sum + Number(event['count']), 0),
    node: (name: string, facts: NodeOptions = {}) => createNode(api, name, facts),
    create: (
      resource: keyof Kinds,
      kind: string,
      name: string,
      rest: object = {},
      namespace: string | undefined = 'default',
    ) =>
      api.create(
        resource,
        {
          apiVersion: apiVersionOf(resource),
          kind,
          ...rest,
          metadata: { name, ...(namespace && { namespace }), ...(rest as { metadata?: object }).metadata },
        },
        'test',
      ),
    /** Changes an object as a user would. */
    patch: (
      resource: keyof Kinds,
      name: string,
      change: (object: KubeJson) => object,
      namespace: string | undefined = 'default',
    ) => {
      const current = find(resource, name, namespace);
      return api.update(resource, { ...current, ...change(current) }, 'test');
    },
  };
};

/** The spec of a workload with one container. */
export const workload = (
  app: string,
  facts: { replicas?: number; image?: string; pod?: object; rest?: object } = {},
) => ({
  spec: {
    ...(facts.replicas !== undefined && { replicas: facts.replicas }),
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app } },
      spec: { containers: [{ name: 'main', image: facts.image ?? 'app:1' }], ...facts.pod },
    },
    ...facts.rest,
  },
});
