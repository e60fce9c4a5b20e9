import * as z from 'zod';
import { compare } from '../checks/compare.ts';
import { type AnyCheck, defineCheck } from '../checks/define.ts';
import { runChecks } from '../checks/run.ts';
import { hashOf } from '../core/canonical.ts';
import { type Clock, ManualClock } from '../core/clock.ts';
import type { Consultation, FoundLesson, LessonMatch, Lessons, Proposal } from '../core/consult.ts';
import { notFound } from '../core/errors.ts';
import type { Answer, GateContext } from '../core/gate.ts';
import { randomId } from '../core/ids.ts';
import type { LessonCounters } from '../core/lesson.ts';
import type { Principal, Session } from '../core/principal.ts';
import type { GuardedAction } from './actions.ts';
import type { GateDeps } from './deps.ts';
import { createGate } from './gate.ts';
import { processInstance } from './instance.ts';
import { openJournal } from './journal/open.ts';
import { createPermits } from './permits.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import { create, DEPLOYMENT_SPEC, drain, remove, scale } from './testing-actions.ts';
import { FakeCluster } from './testing-cluster.ts';

export const START = '2026-11-21T08:00:00Z';

export const agent: Principal = { id: 'alice/claude-code', scopes: ['read', 'plan', 'operate'], namespaces: ['*'] };
export const otherAgent: Principal = { id: 'bob/openwebui', scopes: ['read', 'plan', 'operate'], namespaces: ['*'] };
export const person: Principal = { id: 'alice/terminal', scopes: ['read', 'approve'], namespaces: ['*'] };

/** Three small checks of Deployments: none is scaled to nothing (deny), none is large (ask), none has two replicas (note). */
export const testChecks: readonly AnyCheck[] = (
  [
    ['T01', 'deny', (replicas: number) => replicas === 0],
    ['T02', 'ask', (replicas: number) => replicas > 5],
    ['T03', 'note', (replicas: number) => replicas === 2],
  ] as const
).map(([id, introduced, isFault]) =>
  defineCheck({
    id,
    title: `No workload is faulty in the sense of ${id}`,
    severity: 'high',
    why: 'It stands for any fault.',
    needs: ['deployments'],
    params: z.strictObject({}),
    introduced,
    evaluate: ({ deployments }) =>
      [...deployments].flatMap(([key, { spec }]) =>
        isFault(Number(spec['replicas'] ?? 1))
          ? [
              {
                target: `Deployment ${key}`,
                message: `it has ${String(spec['replicas'])} replicas`,
                evidence: [],
                remedy: 'Choose another number.',
                fingerprint: `${id}:${key}`,
                lessons: [`lesson-${id.toLowerCase()}`],
              },
            ]
          : [],
      ),
  }),
);

/** Lessons by hand: what matches is said by the test. Receipts are as real ones. */
export class LiteralLessons implements Lessons {
  matches: readonly LessonMatch[] = [];
  mustAcknowledge: readonly string[] = [];
  ageMs = 0;
  rev = 1;
  isDown = false;
  isForging = false;
  readonly asked: Proposal[] = [];
  readonly counted = new Map<string, number>();

  async consult(proposal: Proposal): Promise<Consultation> {
    if (this.isDown) throw new Error('the store is gone');
    this.asked.push(proposal);
    return {
      matches: this.matches,
      receipt: {
        id: randomId('receipt'),
        proposal: this.isForging ? 'something else' : hashOf(proposal),
        revision: this.rev,
        ageMs: this.ageMs,
        matched: this.matches.map(({ id }) => id),
        mustAcknowledge: this.mustAcknowledge,
        at: START,
      },
    };
  }
  async search(): Promise<readonly FoundLesson[]> {
    return [];
  }
  async get(): Promise<undefined> {
    return undefined;
  }
  async record(): Promise<{ readonly id: string }> {
    throw notFound('unknown_lesson', 'Unable to record: this is a test.', 'Do not.');
  }
  async count(ids: readonly string[], counter: keyof LessonCounters): Promise<void> {
    for (const id of ids) this.counted.set(`${counter} ${id}`, (this.counted.get(`${counter} ${id}`) ?? 0) + 1);
  }
  async revision(): Promise<number> {
    return this.rev;
  }
}

export const lessonMatch = (id: string, more: Partial<LessonMatch> = {}): LessonMatch => ({
  id,
  title: `Title of ${id}`,
  severity: 'high',
  advice: 'Do it otherwise.',
  why: 'test',
  strength: 'certain',
  score: 1,
  counters: { shown: 0, acknowledged: 0, prevented: 0, recurred: 0 },
  ...more,
});

export interface HouseOptions {
  readonly path?: string;
  readonly clusterPath?: string;
  readonly clock?: Clock;
  readonly policy?: Partial<Policy>;
  readonly checks?: readonly AnyCheck[];
  readonly actions?: readonly GuardedAction[];
  readonly timing?: GateDeps['timing'];
  readonly trace?: GateDeps['trace'];
}

/** A whole gate on a fake cluster, every part of the guard being the real one. */
export function openHouse(options: HouseOptions = {}) {
  const clock = options.clock ?? new ManualClock(START);
  const { journal, writable, problem } = openJournal({ path: options.path ?? ':memory:', clock });
  const permits = createPermits({ journal, clock });
  const cluster = new FakeCluster(permits.check, options.clusterPath);
  const lessons = new LiteralLessons();
  const checks = options.checks ?? testChecks;
  const deps: GateDeps = {
    actions: options.actions ?? [scale, remove, create, drain],
    readClients: { kubernetes: cluster },
    writeClients: { kubernetes: cluster },
    world: cluster.reader(() => clock.now()),
    judge: {
      checks,
      run: (world, now, only) =>
        runChecks(
          checks.filter(({ id }) => only.has(id)),
          world,
          { now },
        ),
      compare,
    },
    lessons,
    journal,
    permits,
    policy: { ...DEFAULT_POLICY, mode: 'operate', ...options.policy },
    clock,
    newId: randomId,
    instance: processInstance(randomId),
    identity: () => cluster.identity(),
    timing: { verifyPauseMs: 1, graceMs: 20, followMs: 2_000, ...options.timing },
    ...(options.trace && { trace: options.trace }),
  };
  return { gate: createGate(deps), deps, journal, writable, problem, permits, cluster, lessons, clock };
}
export type House = ReturnType<typeof openHouse>;

/** The homelab of these tests: one app, three control-plane nodes, one worker. */
export function seedHomelab(cluster: FakeCluster): void {
  cluster.seed({
    kind: 'Deployment',
    metadata: { namespace: 'media', name: 'web' },
    spec: { ...DEPLOYMENT_SPEC, replicas: 1 },
  });
  for (const name of ['cp-1', 'cp-2', 'cp-3'])
    cluster.seed(nodeOf(name, { 'node-role.kubernetes.io/control-plane': 'true' }));
  cluster.seed(nodeOf('worker-1'));
  cluster.seed({
    kind: 'Pod',
    metadata: { namespace: 'media', name: 'web-0' },
    spec: { nodeName: 'worker-1', containers: [{ name: 'web', image: 'web:1' }] },
  });
}

export const nodeOf = (name: string, labels: Readonly<Record<string, string>> = {}, isReady = true) => ({
  kind: 'Node',
  metadata: { name, labels },
  spec: {},
  status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
});

export interface Asked extends GateContext {
  readonly questions: readonly string[];
}

/** A call of one principal; `answer` is what the person says, and the questions are kept. */
export function callOf(
  principal: Principal = agent,
  options: { answer?: Answer; taint?: readonly string[]; session?: string; signal?: AbortSignal } = {},
): Asked {
  const questions: string[] = [];
  const session: Session = { id: options.session ?? 'session-1', principal, taint: new Set(options.taint) };
  return {
    session,
    signal: options.signal ?? new AbortController().signal,
    questions,
    async ask(question) {
      questions.push(question);
      return options.answer ?? 'cannot_ask';
    },
    progress: () => undefined,
  };
}
