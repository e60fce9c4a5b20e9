import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { countingIds } from '../../core/ids.ts';
import { Lesson } from '../../core/lesson.ts';
import { Guards } from '../guard.ts';
import { InMemoryLessonStore } from '../in-memory.ts';
import { createLessons } from '../lessons.ts';
import { createLearner, type Learner } from './learner.ts';
import { metricsOf } from './metrics.ts';
import { changeOf, LiteralLog, minutes, START, web } from './testing.ts';

let store: InMemoryLessonStore;
let clock: ManualClock;
let log: LiteralLog;
let learner: Learner;
beforeEach(() => {
  store = new InMemoryLessonStore();
  clock = new ManualClock(START);
  log = new LiteralLog();
  const lessons = createLessons({ store, clock, newId: countingIds() });
  learner = createLearner({ store, lessons, changes: log, guards: new Guards(), clock });
});

const crash = (id: string, at: number, more: object = {}) =>
  changeOf({
    id,
    at,
    state: 'failed',
    evidence: ['Pod media/web-5d4c8b7f9c-x2k4p: CrashLoopBackOff, exit code 1, restarted 4 times'],
    input: { patch: { spec: { replicas: 3, password: 'hunter2hunter2' } } },
    ...more,
  });
const only = async () => (await store.list({ limit: 10 })).map(({ lesson }) => lesson);

test('a failed verification becomes a candidate with structure, evidence and no text of its own', async () => {
  log.changes.push(crash('plan-a', 1));
  expect(await learner.learn()).toMatchObject([{ how: 'new', incident: { trigger: 'verification_failed' } }]);
  const [lesson] = await only();
  expect(lesson).toMatchObject({
    status: 'candidate',
    severity: 'medium',
    components: { web: '*' },
    applies_to: { actions: ['cluster_apply'], kinds: ['Deployment'] },
  });
  expect(lesson!.symptom).toContain('CrashLoopBackOff, exit code 1');
  expect(lesson!.cause).toContain('patch.spec.replicas = 3');
  const said = JSON.stringify([lesson, await store.nodes({ kind: 'evidence', limit: 9 })]);
  expect(said).not.toContain('x2k4p');
  expect(said).not.toContain('hunter2');
  const [evidence] = await store.nodes({ kind: 'evidence', limit: 9 });
  expect(evidence!.data).toMatchObject({
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    excerpt: 'verification_failed: reason CrashLoopBackOff exit 1',
  });
});

test('the same record read again, also by another process, teaches nothing twice', async () => {
  log.changes.push(crash('plan-a', 1));
  await learner.learn();
  const revision = await store.revision();
  expect(await learner.learn()).toEqual([]);
  expect(await store.revision()).toBe(revision);
  expect(await metricsOf(store)).toMatchObject({ incidents: 1, recurrences: 0 });
});

test('what went well, or could not be seen, teaches nothing', async () => {
  log.changes.push(changeOf({ id: 'plan-a' }), changeOf({ id: 'plan-b', state: 'in_doubt', evidence: ['OOMKilled'] }));
  expect(await learner.learn()).toEqual([]);
});

test('an incident whose signature was known before is a recurrence; a lesson recorded after it is not', async () => {
  log.changes.push(crash('plan-a', 1));
  await learner.learn();
  clock.advance(20 * 60_000);
  log.changes.push(crash('plan-b', 30));
  expect(await learner.learn()).toMatchObject([{ how: 'recurred' }]);
  const [lesson] = await only();
  expect((await store.get(lesson!.id))?.counters.recurred).toBe(1);
  expect(await metricsOf(store)).toEqual({ incidents: 2, recurrences: 1, ratio: 0.5 });
});

test('a lesson that was shown with the plan and speaks of what then happened knew it before', async () => {
  const lesson = Lesson.parse({
    id: 'wrong-command',
    title: 'A container that ends at once',
    symptom: 'The pod goes into CrashLoopBackOff right after it was changed',
    cause: 'Its command ends at once',
    fix: 'Give it a command that stays',
    severity: 'medium',
    source: 'test',
  });
  await store.save({ lesson, by: 'file', at: START });
  await store.save({
    lesson: { ...lesson, id: 'other-thing', symptom: 'The volume was full at night' },
    by: 'file',
    at: START,
  });
  const counters = { shown: 0, acknowledged: 0, prevented: 0, recurred: 0 };
  const shown = ['other-thing', 'wrong-command'].map((id) => ({
    id,
    title: '',
    severity: 'medium' as const,
    advice: '',
    why: '',
    strength: 'likely' as const,
    score: 1,
    counters,
  }));
  log.changes.push(crash('plan-a', 5, { lessons: shown }));
  expect(await learner.learn()).toMatchObject([{ how: 'recurred', lesson: 'wrong-command' }]);
  expect(await store.neighbours('incident:plan-a', { depth: 1, limit: 9, kinds: ['recurrence_of'] })).toMatchObject([
    { data: { consulted: true, shown_rank: 2 } },
  ]);
});

test('other numbers in the signature are masked, another exit code or component is another lesson', async () => {
  const other = { ...web, name: 'grafana' };
  log.changes.push(
    crash('plan-a', 1),
    crash('plan-b', 2, { target: other }),
    crash('plan-c', 3, { evidence: ['CrashLoopBackOff, exit code 137'] }),
  );
  await learner.learn();
  expect(await only()).toHaveLength(3);
});

test('a rollback soon after a change counts for the change, a late one does not', async () => {
  const rollback = (id: string, at: number) => changeOf({ id, at, action: 'cluster_rollback' });
  log.changes.push(
    changeOf({ id: 'plan-a', at: 0 }),
    rollback('plan-b', 45),
    changeOf({ id: 'plan-c', at: 60 }),
    rollback('plan-d', 70),
  );
  const learned = await learner.learn();
  expect(learned.map(({ incident }) => [incident.change.plan.id, incident.trigger])).toEqual([
    ['plan-c', 'rolled_back'],
  ]);
  expect((await only())[0]!.fix).toContain('cluster_rollback');
});

test('a change that could not be seen to work, and was rolled back, teaches', async () => {
  log.changes.push(
    changeOf({ id: 'plan-a', at: 0, state: 'in_doubt' }),
    changeOf({ id: 'plan-b', at: 5, action: 'cluster_rollback' }),
  );
  expect(await learner.learn()).toMatchObject([{ incident: { trigger: 'rolled_back' } }]);
});

test('a failure that is rolled back later stays one incident with one more piece of evidence', async () => {
  log.changes.push(crash('plan-a', 1));
  await learner.learn();
  log.changes.push(changeOf({ id: 'plan-b', at: 5, action: 'cluster_rollback' }));
  expect(await learner.learn()).toEqual([]);
  expect(await store.nodes({ kind: 'incident', limit: 9 })).toHaveLength(1);
  expect((await store.nodes({ kind: 'evidence', limit: 9 })).map(({ data }) => data)).toContainEqual(
    expect.objectContaining({ excerpt: 'taken back with cluster_rollback' }),
  );
});

test('an alert belongs to the latest change soon before it that touched what it is about', async () => {
  log.changes.push(
    changeOf({ id: 'plan-a', at: 0 }),
    changeOf({ id: 'plan-b', at: 10 }),
    changeOf({ id: 'plan-c', at: 15, target: { ...web, name: 'db' } }),
  );
  const alert = (at: number, labels: Record<string, string>) => ({
    name: 'KubePodCrashLooping',
    fingerprint: 'f',
    at: minutes(at),
    severity: 'high' as const,
    labels,
  });
  await learner.alertSeen(alert(100, { namespace: 'media', pod: 'web-1' }));
  await learner.alertSeen(alert(20, { namespace: 'other', pod: 'web-1' }));
  expect(await only()).toEqual([]);
  await learner.alertSeen(alert(20, { namespace: 'media', pod: 'web-5d4c8b7f9c-x2k4p' }));
  expect((await store.nodes({ kind: 'incident', limit: 9 })).map(({ id }) => id)).toEqual(['incident:plan-b']);
  expect((await only())[0]).toMatchObject({ severity: 'high', status: 'candidate' });
});

test('going past a lesson into a failure is told, whether it asked or had denied before', async () => {
  const asked = {
    mustAcknowledge: ['warned-before'],
    lessons: [
      {
        id: 'warned-before',
        title: '',
        severity: 'high' as const,
        advice: '',
        why: '',
        strength: 'certain' as const,
        score: 1,
        counters: { shown: 0, acknowledged: 0, prevented: 0, recurred: 0 },
      },
    ],
  };
  log.changes.push(crash('plan-a', 1, asked));
  const denied = changeOf({
    id: 'plan-b',
    at: 5,
    target: { ...web, name: 'db' },
    state: 'denied',
    decision: { kind: 'deny', code: 'lesson_denies', reason: '' },
    lessons: [{ ...asked.lessons[0]!, id: 'denied-before', guard: 'deny' }],
  });
  log.changes.push(denied, crash('plan-c', 9, { target: { ...web, name: 'db' } }));
  const learned = await learner.learn();
  expect(learned.map(({ incident }) => [incident.trigger, incident.overridden])).toEqual([
    ['override_failed', ['warned-before']],
    ['override_failed', ['denied-before']],
  ]);
});

test('a lesson that a person has retired is not brought back', async () => {
  log.changes.push(crash('plan-a', 1));
  await learner.learn();
  const [lesson] = await only();
  await store.save({ lesson: { ...lesson!, status: 'retired' }, by: 'alice/terminal', at: minutes(3) });
  clock.advance(20 * 60_000);
  log.changes.push(crash('plan-b', 30));
  await learner.learn();
  expect((await only()).map(({ status }) => status)).toEqual(['retired']);
});
