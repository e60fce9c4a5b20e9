import type { FoundLesson, LessonMatch, Lessons } from '../core/consult.ts';
import { StewardError } from '../core/errors.ts';
import type { Lesson } from '../core/lesson.ts';
import type { Plan } from '../core/plan.ts';
import type { LessonGraph } from '../memory/learn/graph.ts';
import type { NodeId } from '../memory/links.ts';

/** One lesson and one plan that it denies, for tests of how they are told. */

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
