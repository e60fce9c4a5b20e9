import { ManualClock } from '../../../core/clock.ts';
import type { LabApi, LooseObject } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import { ApiFault } from '../objects/fault.ts';
import { ObjectStore } from '../store.ts';
import { type ControllerOptions, createControllers, trackResources } from './index.ts';
import { all, type Kinds, one } from './kinds.ts';
import type { Image } from './kubelet/images.ts';
import { healthyConditions } from './kubelet/node-status.ts';
import { ControlLoop } from './loop.ts';

/** For tests of controllers: the least of an API that they need (uid, times, generation, deletion), no admission. */
class SmallApi implements LabApi {
  readonly #store: ObjectStore;
  #uid = 0;
  /** Says why an object may not be created. */
  refuse: (resource: string, object: LooseObject) => string | undefined = () => undefined;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  get(resource: string, namespace: string | undefined, name: string): KubeJson | undefined {
    return this.#store.get(resource, namespace, name);
  }

  list(resource: string, namespace?: string): readonly KubeJson[] {
    return this.#store.list(resource, namespace);
  }

  create(resource: string, object: LooseObject): KubeJson {
    const reason = this.refuse(resource, object);
    if (reason !== undefined) throw new ApiFault(403, 'Forbidden', reason);
    this.#uid += 1;
    const metadata = {
      ...object.metadata,
      name: object.metadata.name ?? `${object.metadata.generateName ?? ''}${this.#uid}`,
      uid: `uid-${this.#uid}`,
      creationTimestamp: `${this.now().toISOString().slice(0, 19)}Z`,
      resourceVersion: '',
      generation: 1,
    };
    const spec = resource === 'namespaces' ? { spec: { finalizers: ['kubernetes'] } } : {};
    return this.#store.create(resource, { ...object, ...spec, metadata });
  }

  update(resource: string, object: KubeJson): KubeJson {
    const current = this.#current(resource, object);
    const { status: _status, ...next } = object;
    const { status: _old, ...before } = current;
    const moved = JSON.stringify(before['spec']) !== JSON.stringify(next['spec']);
    const generation = (current.metadata.generation ?? 0) + (moved ? 1 : 0);
    const { deletionTimestamp } = current.metadata;
    const metadata = { ...object.metadata, generation, ...(deletionTimestamp !== undefined && { deletionTimestamp }) };
    const written = { ...next, metadata, ...(current['status'] !== undefined && { status: current['status'] }) };
    const held =
      (written.metadata.finalizers?.length ?? 0) > 0 ||
      Boolean((next['spec'] as { finalizers?: string[] })?.finalizers?.length);
    if (deletionTimestamp !== undefined && !held && !metadata.deletionGracePeriodSeconds)
      return this.#store.remove(resource, object.metadata.namespace, object.metadata.name);
    return this.#store.update(resource, written, object.metadata.resourceVersion);
  }

  updateStatus(resource: string, object: KubeJson): KubeJson {
    const current = this.#current(resource, object);
    return this.#store.update(resource, { ...current, status: object['status'] }, object.metadata.resourceVersion);
  }

  delete(
    resource: string,
    namespace: string | undefined,
    name: string,
    options: { propagation?: 'Background' | 'Foreground' | 'Orphan'; graceSeconds?: number },
  ): void {
    const object = this.get(resource, namespace, name);
    if (!object) throw new ApiFault(404, 'NotFound', `${resource} "${name}" not found`);
    const isPod = resource === 'pods' && (object['spec'] as { nodeName?: string }).nodeName !== undefined;
    const grace = isPod ? (options.graceSeconds ?? 30) : 0;
    const wish = { Foreground: 'foregroundDeletion', Orphan: 'orphan', Background: undefined, none: undefined };
    const finalizer = wish[options.propagation ?? 'none'];
    const finalizers = [...(object.metadata.finalizers ?? []), ...(finalizer ? [finalizer] : [])];
    if (finalizers.length === 0 && grace === 0 && resource !== 'namespaces')
      return void this.#store.remove(resource, namespace, name);
    const metadata = {
      ...object.metadata,
      ...(finalizers.length > 0 && { finalizers }),
      deletionTimestamp:
        object.metadata.deletionTimestamp ?? new Date(+this.now() + grace * 1000).toISOString().replace('.000', ''),
      deletionGracePeriodSeconds: grace,
    };
    this.#store.update(resource, { ...object, metadata });
  }

  event(about: KubeJson, type: string, reason: string, message: string): void {
    this.#uid += 1;
    const { namespace = 'default', name } = about.metadata;
    this.#store.create('events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${name}.${this.#uid}`,
        namespace,
        uid: `uid-${this.#uid}`,
        resourceVersion: '',
        creationTimestamp: this.now().toISOString(),
      },
      involvedObject: { kind: about.kind, name },
      type,
      reason,
      message,
    });
  }

  listen(listener: Parameters<LabApi['listen']>[0]): () => void {
    return this.#store.listen(listener);
  }

  now(): Date {
    return this.#store.now();
  }

  #current(resource: string, object: KubeJson): KubeJson {
    const current = this.get(resource, object.metadata.namespace, object.metadata.name);
    if (!current) throw new ApiFault(404, 'NotFound', `${resource} "${object.metadata.name}" not found`);
    return current;
  }
}

export interface HarnessOptions {
  readonly images?: Readonly<Record<string, Partial<Image>>>;
  readonly timing?: Partial<ControllerOptions['kubelet']['timing']>;
  readonly loadBalancerPool?: readonly string[];
  readonly volumeFault?: ControllerOptions['kubelet']['volumeFault'];
  readonly isStuck?: ControllerOptions['isStuck'];
}

/** A cluster of controllers over the small API, on a clock that the test moves. */
export const startHarness = (options: HarnessOptions = {}) => {
  const clock = new ManualClock('2026-11-20T12:00:00Z');
  const store = new ObjectStore(clock);
  const resources = trackResources(store);
  const api = new SmallApi(store);
  const down = new Map<string, Date>();
  const image = (facts: Partial<Image>): Image => ({
    platforms: ['linux/amd64', 'linux/arm64'],
    behaviour: { kind: 'run', ready: true },
    startupMs: 0,
    log: [],
    ...facts,
  });
  const images = new Map(Object.entries(options.images ?? {}).map(([name, facts]) => [name, image(facts)]));
  const controllers = createControllers({
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
  const loop = new ControlLoop(api, controllers);
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
    all: <R extends keyof Kinds>(resource: R, namespace?: string) => all(api, resource, namespace),
    one: <R extends keyof Kinds>(resource: R, name: string, namespace: string | undefined = 'default') =>
      one(api, resource, namespace, name),
    reasons: (name: string) =>
      all(api, 'events')
        .filter((event) => (event['involvedObject'] as { name: string }).name === name)
        .map((event) => `${String(event['reason'])}: ${String(event['message'])}`),
    node: (
      name: string,
      facts: { arch?: string; cpu?: string; labels?: Record<string, string>; taints?: object[] } = {},
    ) => {
      const size = { cpu: facts.cpu ?? '4', memory: '8Gi', pods: '110' };
      return api.create('nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name,
          labels: {
            'kubernetes.io/hostname': name,
            'kubernetes.io/arch': facts.arch ?? 'amd64',
            ...facts.labels,
          },
        },
        spec: { podCIDR: `10.42.${all(api, 'nodes').length}.0/24`, ...(facts.taints && { taints: facts.taints }) },
        status: {
          capacity: size,
          allocatable: size,
          nodeInfo: { architecture: facts.arch ?? 'amd64' },
          addresses: [{ type: 'InternalIP', address: `192.168.20.${10 + all(api, 'nodes').length}` }],
          conditions: healthyConditions(clock.now()),
        },
      });
    },
    create: (
      resource: keyof Kinds,
      kind: string,
      name: string,
      rest: object = {},
      namespace: string | undefined = 'default',
    ) =>
      api.create(resource, {
        apiVersion: 'v1',
        kind,
        ...rest,
        metadata: { name, ...(namespace && { namespace }), ...(rest as { metadata?: object }).metadata },
      }),
    /** Changes the spec of an object as a user would. */
    patch: (
      resource: keyof Kinds,
      name: string,
      change: (object: KubeJson) => object,
      namespace: string | undefined = 'default',
    ) => {
      const current = api.get(resource, namespace, name);
      if (!current) throw new Error(`no ${resource} ${name}`);
      return api.update(resource, { ...current, ...change(current) });
    },
  };
};

/** The spec of a workload with one container. */
export const workload = (
  app: string,
  facts: { replicas?: number; image?: string; pod?: object; rest?: object } = {},
) => ({
  spec: {
    replicas: facts.replicas ?? 1,
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app } },
      spec: { containers: [{ name: 'main', image: facts.image ?? 'app:1' }], ...facts.pod },
    },
    ...facts.rest,
  },
});
