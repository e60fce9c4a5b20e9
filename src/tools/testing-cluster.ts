import type {
  DryRun,
  KubeKind,
  KubeObject,
  KubeRef,
  KubernetesReader,
  KubeWrite,
  ListOptions,
} from '../clients/kubernetes/contract.ts';
import { notFound, StewardError } from '../core/errors.ts';
import { ago } from './testing.ts';

/** A cluster of literal objects. Not a lab: nothing moves by itself. */

const kind = (
  group: string,
  name: string,
  resource: string,
  namespaced = true,
  shortNames: readonly string[] = [],
): KubeKind => ({
  group,
  version: 'v1',
  kind: name,
  resource,
  shortNames,
  namespaced,
  verbs: ['get', 'list'],
});

export const KINDS: readonly KubeKind[] = [
  kind('', 'Pod', 'pods', true, ['po']),
  kind('', 'Node', 'nodes', false),
  kind('', 'Namespace', 'namespaces', false, ['ns']),
  kind('', 'Service', 'services', true, ['svc']),
  kind('', 'ConfigMap', 'configmaps', true, ['cm']),
  kind('', 'Secret', 'secrets'),
  kind('', 'Event', 'events'),
  kind('', 'PersistentVolumeClaim', 'persistentvolumeclaims', true, ['pvc']),
  kind('apps', 'Deployment', 'deployments', true, ['deploy']),
  kind('apps', 'ReplicaSet', 'replicasets'),
  kind('apps', 'StatefulSet', 'statefulsets'),
  kind('apps', 'DaemonSet', 'daemonsets'),
  kind('apps', 'ControllerRevision', 'controllerrevisions'),
  kind('batch', 'Job', 'jobs'),
  kind('batch', 'CronJob', 'cronjobs'),
  kind('discovery.k8s.io', 'EndpointSlice', 'endpointslices'),
  kind('policy', 'PodDisruptionBudget', 'poddisruptionbudgets'),
];

export interface FakeCluster {
  readonly objects: readonly KubeObject[];
  /** `namespace/pod` -> its log. */
  readonly logs?: Readonly<Record<string, string>>;
  /** Thrown by every call, when set. */
  readonly fault?: StewardError;
}

/** Of an extension that is not installed unless an object of it is there. */
const isForeign = ({ group }: KubeKind): boolean => group.includes('.') && !group.endsWith('.k8s.io');

export function fakeKubernetes({ objects, logs = {}, fault }: FakeCluster): KubernetesReader {
  const check = (): void => {
    if (fault !== undefined) throw fault;
  };
  const isOf = (wanted: KubeKind, object: KubeObject): boolean =>
    object.kind === wanted.kind && groupOf(object) === wanted.group;
  const find = ({ kind: wanted, namespace, name }: KubeRef): KubeObject | undefined =>
    objects.find((one) => isOf(wanted, one) && one.metadata.name === name && one.metadata.namespace === namespace);
  const list = (wanted: KubeKind, options: ListOptions): readonly KubeObject[] =>
    objects.filter((one) => isOf(wanted, one) && fits(one, options));
  return {
    identity: async () => 'fake',
    version: async () => 'v1.36.0',
    kinds: async () => KINDS,
    async kind(name) {
      check();
      return findKind(name);
    },
    async get(ref) {
      check();
      const found = find(ref);
      if (found !== undefined) return found;
      throw notFound(
        'object_not_found',
        `Unable to get ${ref.kind.kind} ${ref.name}: the cluster answered 404.`,
        'List the objects of that kind.',
      );
    },
    async list(wanted, options) {
      check();
      return { items: list(wanted, options), resourceVersion: '1' };
    },
    async listAll(wanted, options) {
      check();
      if (isForeign(wanted) && !objects.some((one) => isOf(wanted, one)))
        throw new StewardError(`Unable to list ${wanted.resource}: the cluster answered 404.`, {
          kind: 'target',
          code: 'kubernetes_error',
          status: 404,
        });
      return list(wanted, options);
    },
    async logs(namespace, pod) {
      check();
      return logs[`${namespace}/${pod}`] ?? '';
    },
    async dryRun(write): Promise<DryRun> {
      check();
      return dryRun(write, find);
    },
  };
}

function findKind(name: string): KubeKind {
  const last = name.split('/').at(-1)?.toLowerCase() ?? '';
  const [bare = '', ...group] = last.split('.');
  const found = KINDS.find(
    (one) =>
      [one.kind.toLowerCase(), one.resource, ...one.shortNames].includes(bare) &&
      (group.length === 0 || one.group === group.join('.')),
  );
  if (found !== undefined) return found;
  throw new StewardError(`Unable to find the kind "${name}": the cluster does not serve it.`, {
    kind: 'input',
    code: 'unknown_kind',
    hint: 'Did you mean Pod?',
  });
}

const groupOf = ({ apiVersion }: KubeObject): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

function fits(object: KubeObject, { namespace, labelSelector, fieldSelector }: ListOptions): boolean {
  const pairs = (text: string | undefined): readonly (readonly [string, string])[] =>
    (text ?? '')
      .split(',')
      .filter((part) => part !== '')
      .map((part) => [part.split('=')[0] ?? '', part.split('=').at(-1) ?? '']);
  const read = (path: string): unknown =>
    path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
  return (
    (namespace === undefined || object.metadata.namespace === namespace) &&
    pairs(labelSelector).every(([key, value]) => object.metadata.labels?.[key] === value) &&
    pairs(fieldSelector).every(([path, value]) => read(path) === value)
  );
}

/** Merging is all it can: lists are replaced, null takes away. */
function dryRun(write: KubeWrite, find: (ref: KubeRef) => KubeObject | undefined): DryRun {
  if (write.verb === 'delete' || write.verb === 'evict') return { warnings: [] };
  if (write.verb === 'patch') return { object: merge(find(write.ref), write.body) as KubeObject, warnings: [] };
  const { namespace, name } = write.object.metadata;
  const before = find({ kind: write.kind, name, ...(namespace !== undefined && { namespace }) });
  return { object: merge(before, write.object) as KubeObject, warnings: [] };
}

function merge(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof before === 'object' && before !== null ? (before as Record<string, unknown>) : {};
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(base[key], value);
  }
  return merged;
}

export interface PodFacts {
  readonly namespace?: string;
  readonly name: string;
  readonly node?: string;
  readonly ageSeconds?: number;
  readonly restarts?: number;
  /** Waiting reason; absent = running and ready. */
  readonly waiting?: string;
  readonly lastEnd?: { readonly reason: string; readonly exitCode: number };
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly labels?: Readonly<Record<string, string>>;
}

export function pod({
  namespace = 'media',
  name,
  node = 'n1',
  ageSeconds = 86_400,
  restarts = 0,
  waiting,
  lastEnd,
  owner,
  labels = {},
}: PodFacts): KubeObject {
  const isReady = waiting === undefined;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: ago(ageSeconds),
      labels,
      ...(owner && {
        ownerReferences: [{ apiVersion: owner.kind === 'Job' ? 'batch/v1' : 'apps/v1', controller: true, ...owner }],
      }),
    },
    spec: { nodeName: node, containers: [{ name: 'app', image: 'app:1' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'app',
          ready: isReady,
          restartCount: restarts,
          state: isReady ? { running: { startedAt: ago(ageSeconds) } } : { waiting: { reason: waiting } },
          ...(lastEnd && { lastState: { terminated: { ...lastEnd, finishedAt: ago(120) } } }),
        },
      ],
    },
  };
}
