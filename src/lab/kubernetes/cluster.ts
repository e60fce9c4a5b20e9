import { type Clock, systemClock } from '../../core/clock.ts';
import type { Randomness } from './api/context.ts';
import { kubeconfigFor } from './api/kubeconfig.ts';
import { createLabApi, type KubernetesApi } from './api/lab-api.ts';
import { serveKubernetes } from './api/server.ts';
import { Driver } from './cluster/driver.ts';
import { type Past, playPast } from './cluster/history.ts';
import { createLogSource } from './cluster/kubelet-logs.ts';
import { LabClock } from './cluster/lab-clock.ts';
import type { LabApi } from './controller.ts';
import { EVENT_LIFE_MS } from './controllers/event-expiry.ts';
import { createControllers, trackResources } from './controllers/index.ts';
import type { PersistentVolumeClaim, Pod } from './controllers/kinds.ts';
import type { EventDraft, KubeletTiming } from './controllers/kubelet/container-status.ts';
import { findImage, type ImageTable } from './controllers/kubelet/images.ts';
import { withListCache } from './controllers/list-cache.ts';
import { ControlLoop } from './controllers/loop.ts';
import type { EtcdSnapshotPlan } from './etcd-snapshots/facts.ts';
import type { KubeJson } from './json.ts';
import type { LonghornPlan } from './longhorn/facts.ts';
import { ObjectStore } from './store.ts';

/** What a cluster starts with; a scenario file becomes this. */
export interface ClusterContent {
  readonly past: Past;
  readonly images: ImageTable;
  readonly loadBalancerPool: readonly string[];
  readonly timing: Partial<KubeletTiming>;
  /** Why a volume of this pod cannot be mounted. */
  volumeFault(pod: Pod): EventDraft | undefined;
  isStuck(claim: PersistentVolumeClaim): boolean;
  /** Undefined = Longhorn is not installed. */
  readonly longhorn?: LonghornPlan | undefined;
  readonly etcdSnapshots?: EtcdSnapshotPlan | undefined;
  /** Nodes whose kubelet is silent, from then on. */
  readonly down: readonly { readonly node: string; readonly since: Date }[];
}

export interface LabClusterOptions {
  readonly content?: ClusterContent;
  readonly clock?: Clock;
  /** 0 = any free port; without it nothing is served. */
  readonly port?: number;
  readonly host?: string;
  readonly token?: string;
  /** Overrides the timing of the content. */
  readonly timing?: Partial<KubeletTiming>;
  /** False = objects stay as they are put: for measurements with many of them. */
  readonly controllers?: boolean;
  /** Where uids, addresses and ports come from; tests that compare whole answers hand in their own. */
  readonly random?: Randomness;
  /** A controller failed: it is tried again later, the others go on. */
  onProblem?(controller: string, error: unknown): void;
}

export interface LabCluster {
  /** '' when it is not served. */
  readonly url: string;
  /** YAML, for kubectl and clients; '' when it is not served. */
  readonly kubeconfig: string;
  readonly store: ObjectStore;
  readonly api: KubernetesApi;
  /** Resolves when no controller has anything to do at this moment. */
  settle(): Promise<void>;
  /** Moves the cluster's clock and runs every timer on the way. */
  advance(ms: number): Promise<void>;
  /** What a registry would say of an image: `linux/amd64`, ... */
  platformsOf(image: string): readonly string[];
  /** Silences the kubelet of a node, or lets it speak again. */
  setNodeDown(node: string, isDown: boolean): void;
  /** Stores objects as they are, without admission, defaults or controllers; uid and times are filled in. */
  load(resource: string, objects: readonly KubeJson[]): void;
  close(): Promise<void>;
}

const NO_TIMING: KubeletTiming = { pullMs: 0, startMs: 0, stopMs: 0, jobMs: 2000 };
const EMPTY: ClusterContent = {
  past: { objects: [], patches: [], drains: [], timersMs: 0 },
  images: new Map(),
  loadBalancerPool: [],
  timing: {},
  volumeFault: () => undefined,
  isStuck: () => false,
  down: [],
};
/** Stands in `kube-root-ca.crt`: the lab speaks plain HTTP on loopback, there is no certificate to check. */
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nTGFiOiBubyBjZXJ0aWZpY2F0ZQ==\n-----END CERTIFICATE-----\n';

interface Engine {
  readonly driver: Driver;
  /** The past is over. */
  goLive(): void;
  setDown(node: string, isDown: boolean): void;
}

/** Events of a past that nobody could see any more at `present` are not worth writing. */
const withoutOldEvents = (api: KubernetesApi, present: Date): LabApi => ({
  ...api,
  event(...facts) {
    if (+api.now() > +present - EVENT_LIFE_MS) api.event(...facts);
  },
});

const startEngine = (
  api: KubernetesApi,
  clock: LabClock,
  resources: () => readonly string[],
  options: LabClusterOptions,
): Engine => {
  const content = options.content ?? EMPTY;
  let live = false;
  const down = new Map(content.down.map(({ node, since }) => [node, since]));
  const controllers =
    options.controllers === false
      ? []
      : createControllers({
          kubelet: {
            images: content.images,
            timing: { ...NO_TIMING, ...content.timing, ...options.timing },
            isDown: (node) => +(down.get(node) ?? Number.POSITIVE_INFINITY) <= +clock.now(),
            volumeFault: (pod) => content.volumeFault(pod),
          },
          resources,
          downSince: (node) => down.get(node),
          isLive: () => live,
          isStuck: (claim) => content.isStuck(claim),
          loadBalancerPool: content.loadBalancerPool,
          longhorn: content.longhorn,
          etcdSnapshots: content.etcdSnapshots,
          certificate: CERTIFICATE,
        });
  const hooks = {
    onWork: () => driver.wake(),
    onProblem: (controller: string, error: unknown) => report(options, controller, error),
  };
  const loop = new ControlLoop(withListCache(withoutOldEvents(api, clock.now())), controllers, hooks);
  const driver = new Driver(loop, clock, (options.clock ?? systemClock) === systemClock);
  return {
    driver,
    goLive() {
      live = true;
      loop.wakeAll();
    },
    setDown(node, isDown) {
      if (isDown) down.set(node, clock.now());
      else down.delete(node);
      loop.wakeAll();
    },
  };
};

/** Without somebody who wants to hear of it, a controller that failed ends the lab. */
const report = (options: LabClusterOptions, controller: string, error: unknown): void => {
  if (!options.onProblem) throw error;
  options.onProblem(controller, error);
};

const fillIn = (store: ObjectStore, resource: string, object: KubeJson, index: number): KubeJson => ({
  ...object,
  metadata: {
    ...object.metadata,
    uid: object.metadata.uid || `${resource}-${index}`,
    creationTimestamp: object.metadata.creationTimestamp || `${store.now().toISOString().slice(0, 19)}Z`,
  },
});

/**
 * A Kubernetes cluster in this process: API, controllers, scheduler and kubelets, with the content of a scenario.
 * Served over HTTP when `port` is given. Rejects when the port is taken.
 */
export async function startLabCluster(options: LabClusterOptions = {}): Promise<LabCluster> {
  const clock = new LabClock(options.clock ?? systemClock);
  const store = new ObjectStore(clock);
  const resources = trackResources(store);
  const api = createLabApi(store, options.random === undefined ? {} : { random: options.random });
  const { content = EMPTY } = options;
  api.logSource = createLogSource(api, content.images);
  const engine = startEngine(api, clock, resources, options);
  const { driver } = engine;
  playPast(api, clock, driver, content.past);
  engine.goLive();
  driver.settle();
  const server =
    options.port === undefined
      ? undefined
      : await serveKubernetes({
          api,
          port: options.port,
          ...(options.host !== undefined && { host: options.host }),
          ...(options.token !== undefined && { token: options.token }),
        });
  driver.start();
  return {
    url: server?.url ?? '',
    kubeconfig: server ? kubeconfigFor(server.url, { token: options.token, certificate: server.certificate }) : '',
    store,
    api,
    settle: async () => driver.settle(),
    advance: async (ms) => driver.advanceTo(new Date(+clock.now() + ms)),
    platformsOf: (image) => findImage(content.images, image).platforms,
    setNodeDown: (node, isDown) => engine.setDown(node, isDown),
    load(resource, objects) {
      for (const [index, object] of objects.entries()) store.create(resource, fillIn(store, resource, object, index));
    },
    async close() {
      driver.stop();
      await server?.close();
    },
  };
}
