import type {
  DryRun,
  KubeKind,
  KubeObject,
  KubeRef,
  KubernetesReader,
  KubeWrite,
  ListOptions,
} from '../clients/kubernetes/contract.ts';
import type { FoundLesson, LessonMatch, Lessons } from '../core/consult.ts';
import { notFound, StewardError } from '../core/errors.ts';
import type { Lesson } from '../core/lesson.ts';
import type { Plan } from '../core/plan.ts';
import type { Principal, Session } from '../core/principal.ts';
import type { Caller } from '../core/registry.ts';
import type { LessonGraph } from '../memory/learn/graph.ts';
import type { NodeId } from '../memory/links.ts';

/** Helpers of tests: a cluster of literal objects, callers and lessons. Not a lab: nothing moves by itself. */
export const NOW = new Date('2026-11-24T12:00:00Z');

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

export const principal = (change: Partial<Principal> = {}): Principal => ({
  id: 'alice/test',
  scopes: ['read', 'plan', 'operate'],
  namespaces: ['*'],
  ...change,
});

export function caller(
  change: Partial<Principal> = {},
): Caller & { readonly said: string[]; readonly session: Session } {
  const said: string[] = [];
  return {
    said,
    session: { id: 'session-1', principal: principal(change), taint: new Set() },
    signal: AbortSignal.timeout(10_000),
    ask: async () => 'cannot_ask',
    progress: (message) => said.push(message),
  };
}

export const ago = (seconds: number): string => new Date(+NOW - seconds * 1000).toISOString();

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

const COUNTERS = { shown: 3, acknowledged: 1, prevented: 2, recurred: 0 };

export const lesson = (change: Partial<Lesson> = {}): Lesson => ({
  id: 'k8s-service-selector-overmatch',
  title: 'A Service selector matched the database as well as the app',
  symptom: 'About half of the requests answer 502.',
  cause: 'The Service selects only app.kubernetes.io/name, which the PostgreSQL pods carry too.',
  fix: 'Add app.kubernetes.io/component to the pod labels and to the selector.',
  wrong_fix: 'Scaling the app up: it only makes the fault rarer.',
  severity: 'high',
  components: { kubernetes: '*' },
  applies_to: {},
  checks: ['K01'],
  source: 'incident 2026-03-02',
  confidence: 0.9,
  status: 'confirmed',
  supersedes: [],
  body: '',
  ...change,
});

export const found = (one: Lesson): FoundLesson => ({ lesson: one, counters: COUNTERS, score: 0.9 });

export const fakeLessons = (known: readonly Lesson[] = []): Lessons => ({
  consult: async () => {
    throw new StewardError('Unable to consult: not part of this test.', { kind: 'internal', code: 'not_in_test' });
  },
  search: async ({ limit, status }) =>
    known
      .filter((one) => status === undefined || one.status === status)
      .slice(0, limit)
      .map(found),
  get: async (id) => known.filter((one) => one.id === id).map(found)[0],
  record: async () => ({ id: 'candidate-1' }),
  count: async () => undefined,
  revision: async () => 7,
});

export const fakeGraph = (known: readonly Lesson[] = []): LessonGraph => ({
  search: (query) => fakeLessons(known).search(query),
  around: async (node) => ({
    node: node.includes(':') ? (node as NodeId) : `lesson:${node}`, // tests ask for nodes
    around: known.map((one, index) => ({
      from: 'lesson:k8s-service-selector-overmatch',
      kind: index === 0 ? 'derived_from' : 'similar',
      to: index === 0 ? 'incident:plan-7h2k9' : `lesson:${one.id}`,
      node: index === 0 ? 'incident:plan-7h2k9' : `lesson:${one.id}`,
      weight: 1,
      distance: 1,
    })),
    lessons: new Map(known.map(({ id, title, status }) => [id, { title, status }])),
  }),
  feedback: async () => ({ demoted: false }),
  relate: async () => ({ similar: [], contradicts: [] }),
});

export const match = (one: Lesson, change: Partial<LessonMatch> = {}): LessonMatch => ({
  id: one.id,
  title: one.title,
  severity: one.severity,
  advice: one.fix,
  why: 'check K01',
  strength: 'certain',
  score: 1,
  counters: COUNTERS,
  ...change,
});

/** A plan of the trap: a Service whose selector also matches the database. */
export const plan = (change: Partial<Plan> = {}): Plan => ({
  id: 'plan-7h2k9',
  action: 'cluster_apply',
  title: 'Apply a manifest',
  input: { manifest: '...' },
  inputHash: 'aa',
  reason: 'expose the app',
  principal: 'alice/test',
  session: 'session-1',
  taint: [],
  targets: [{ system: 'kubernetes', kind: 'Service', namespace: 'media', name: 'web' }],
  touches: [],
  preconditions: [],
  identity: 'fake',
  preview:
    'Service media/web: new\n+ apiVersion: v1\n+ kind: Service\n+ spec:\n+   selector:\n+     app.kubernetes.io/name: paperless',
  warnings: [],
  reversibility: 'reversible',
  undo: 'cluster_delete of Service web.',
  introduced: [
    {
      check: 'K01',
      severity: 'high',
      target: 'Service media/web',
      message: 'its selector matches pods of two workloads.',
      evidence: [
        'selector app.kubernetes.io/name=paperless',
        'Deployment media/paperless (1 pod)',
        'StatefulSet media/paperless-db (1 pod)',
      ],
      remedy: 'Add a label to the selector that only one of them carries, e.g. app.kubernetes.io/component.',
      fingerprint: 'K01:media/web',
      lessons: ['k8s-service-selector-overmatch'],
    },
  ],
  resolved: [],
  lessons: [match(lesson())],
  receipt: {
    id: 'receipt-1',
    proposal: 'bb',
    revision: 7,
    ageMs: 0,
    matched: ['k8s-service-selector-overmatch'],
    mustAcknowledge: [],
    at: '2026-11-24T12:00:00.000Z',
  },
  decision: {
    kind: 'deny',
    code: 'introduces_fault',
    reason: 'K01: its selector matches pods of two workloads.',
  },
  policyVersion: '1',
  createdAt: '2026-11-24T12:00:00.000Z',
  expiresAt: '2026-11-24T12:15:00.000Z',
  hash: 'cc',
  ...change,
});
