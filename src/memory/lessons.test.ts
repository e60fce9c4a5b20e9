import { beforeEach, expect, test } from 'vitest';
import { hashOf } from '../core/canonical.ts';
import { ManualClock } from '../core/clock.ts';
import type { LessonDraft, Lessons } from '../core/consult.ts';
import { StewardError } from '../core/errors.ts';
import { countingIds } from '../core/ids.ts';
import { Lesson } from '../core/lesson.ts';
import { InMemoryLessonStore } from './in-memory.ts';
import { createLessons } from './lessons.ts';
import { proposalOf, targetOf } from './testing.ts';

const AT = '2026-11-21T08:00:00.000Z';

const lessonOf = (id: string, changes: Partial<Lesson> = {}): Lesson =>
  Lesson.parse({
    id,
    title: `What ${id} is about`,
    symptom: `Scaling the app ${id} to zero loses the queue it holds in memory`,
    cause: `The app ${id} keeps its queue in memory only`,
    fix: `Drain the queue of ${id} before scaling it`,
    severity: 'high',
    source: 'test',
    applies_to: { actions: ['cluster_scale'], names: ['queue'] },
    ...changes,
  });

const scaleQueue = proposalOf('cluster_scale', [targetOf('Deployment', 'queue', 'apps')], { input: { replicas: 0 } });

const draft: LessonDraft = {
  title: 'The queue is lost when it is scaled to zero',
  symptom: 'Jobs disappeared after the queue was scaled down for the night',
  cause: 'The queue kept its jobs in memory and had no volume',
  fix: 'Give the queue a volume before it is ever scaled down again',
  severity: 'medium',
};

let store: InMemoryLessonStore;
let clock: ManualClock;
let lessons: Lessons;
beforeEach(() => {
  store = new InMemoryLessonStore();
  clock = new ManualClock(AT);
  lessons = createLessons({ store, clock, newId: countingIds() });
});

const keep = async (...all: readonly Lesson[]): Promise<void> => {
  for (const lesson of all) await store.save({ lesson, by: 'file', at: AT });
};
const idsFor = async (proposal = scaleQueue): Promise<string[]> =>
  (await lessons.consult(proposal)).matches.map(({ id }) => id);

test('nothing known is an answer with a receipt', async () => {
  expect(await lessons.consult(scaleQueue)).toEqual({
    receipt: {
      id: 'receipt-1',
      proposal: hashOf(scaleQueue),
      revision: 0,
      ageMs: 0,
      matched: [],
      mustAcknowledge: [],
      at: AT,
    },
    matches: [],
  });
});

test('a receipt stands for this proposal and revision, and what was shown is counted and logged', async () => {
  await keep(lessonOf('queue-in-memory'));
  const { receipt, matches } = await lessons.consult(scaleQueue);
  expect(receipt).toMatchObject({ revision: 1, matched: ['queue-in-memory'], mustAcknowledge: ['queue-in-memory'] });
  expect(matches[0]).toMatchObject({ strength: 'certain', why: 'action cluster_scale + name queue' });
  expect((await lessons.get('queue-in-memory'))?.counters.shown).toBe(1);
  expect(await store.consults({ limit: 5 })).toMatchObject([
    { id: receipt.id, action: 'cluster_scale', targets: ['kubernetes:apps/Deployment/apps/queue'], revision: 1 },
  ]);
  const other = await lessons.consult({ ...scaleQueue, input: { replicas: 1 } });
  expect(other.receipt.proposal).not.toBe(receipt.proposal);
});

test('what another process saves is known at the next question', async () => {
  expect(await idsFor()).toEqual([]);
  await keep(lessonOf('queue-in-memory'));
  expect(await idsFor()).toEqual(['queue-in-memory']);
  await keep(lessonOf('queue-in-memory', { status: 'retired' }));
  expect(await idsFor()).toEqual([]);
});

test('a question asked while another one is read in still sees what was saved before it', async () => {
  const first = lessons.consult(scaleQueue);
  await keep(lessonOf('queue-in-memory'));
  expect(await idsFor()).toEqual(['queue-in-memory']);
  await first;
});

test('a store that cannot be read is an error, and the next question tries again', async () => {
  let isBroken = true;
  const revision = store.revision.bind(store);
  store.revision = async () => {
    if (isBroken) throw new StewardError('Unable to read.', { kind: 'target', code: 'lesson_store_failed' });
    return revision();
  };
  await expect(lessons.consult(scaleQueue)).rejects.toMatchObject({ kind: 'target' });
  isBroken = false;
  expect(await idsFor()).toEqual([]);
});

test('a lesson holds from and to its days, and is replaced by a confirmed one only', async () => {
  await keep(lessonOf('queue-later', { valid_from: '2026-12-01' }), lessonOf('queue-past', { valid_to: '2026-11-20' }));
  expect(await idsFor()).toEqual([]);
  clock.advance(20 * 24 * 3_600_000);
  expect(await idsFor()).toEqual(['queue-later']);
  const next = lessonOf('queue-new', { supersedes: ['queue-later'], status: 'candidate' });
  await keep(next);
  expect(await idsFor()).toContain('queue-later');
  await keep({ ...next, status: 'confirmed' });
  expect(await idsFor()).toEqual(['queue-new']);
});

test('the guard that denies comes first, and a guard that cannot be judged asks', async () => {
  const guarded = (id: string, when: string, effect: 'note' | 'deny') =>
    lessonOf(id, { severity: 'low', applies_to: { actions: ['cluster_scale'] }, guard: { when, effect } });
  await keep(
    lessonOf('queue-critical', { severity: 'critical' }),
    guarded('queue-denies', 'action.input.replicas == 0', 'deny'),
    guarded('queue-unclear', 'action.input.nothing', 'note'),
    guarded('queue-other', 'action.input.replicas == 7', 'deny'),
  );
  const { matches, receipt } = await lessons.consult(scaleQueue);
  const certain = matches.filter(({ strength }) => strength === 'certain');
  expect(certain.map(({ id, guard }) => [id, guard])).toEqual([
    ['queue-denies', 'deny'],
    ['queue-unclear', 'ask'],
    ['queue-critical', undefined],
  ]);
  expect(receipt.mustAcknowledge).toEqual(['queue-denies', 'queue-unclear', 'queue-critical']);
});

test('what a session has seen comes again only when it is certain', async () => {
  await keep(lessonOf('queue-in-memory'), lessonOf('queue-by-text', { applies_to: { kinds: ['Deployment'] } }));
  const asked = { ...scaleQueue, text: 'scaling the app queue-by-text loses the queue it holds in memory' };
  expect(await idsFor(asked)).toEqual(['queue-in-memory', 'queue-by-text']);
  expect(await idsFor({ ...asked, seen: ['queue-in-memory', 'queue-by-text'] })).toEqual(['queue-in-memory']);
});

test('of lessons that say the same only the strictest is shown', async () => {
  const same = {
    title: 'The queue lives in memory',
    symptom: 'Scaling the queue to zero loses what it holds in memory',
  };
  const rest = {
    cause: 'It keeps everything in memory and nothing on disk',
    fix: 'Drain the queue before it is scaled',
  };
  await keep(
    lessonOf('queue-mild', { ...same, ...rest, severity: 'low' }),
    lessonOf('queue-grave', { ...same, ...rest, severity: 'critical' }),
    lessonOf('queue-number', { ...same, ...rest, symptom: `${same.symptom} 3`, severity: 'low' }),
  );
  expect(await idsFor()).toEqual(['queue-grave', 'queue-number']);
});

test('a draft is kept as a candidate that is marked and decides nothing', async () => {
  const { id } = await lessons.record(
    { ...draft, applies_to: { actions: ['cluster_scale'], names: ['queue'] } },
    'agent-1',
  );
  expect(await lessons.get(id)).toMatchObject({
    lesson: { status: 'candidate', source: 'recorded by agent-1', checks: [] },
  });
  const { matches, receipt } = await lessons.consult(scaleQueue);
  expect(matches).toMatchObject([{ id, strength: 'likely', why: expect.stringContaining('unconfirmed candidate') }]);
  expect(receipt.mustAcknowledge).toEqual([]);
});

test('the same lesson again is merged and counted; another number makes another lesson', async () => {
  const { id } = await lessons.record(draft, 'agent-1');
  const again = await lessons.record({ ...draft, severity: 'low' }, 'agent-2');
  expect(again).toEqual({ id, mergedInto: id });
  expect((await lessons.get(id))?.counters.recurred).toBe(1);
  const other = await lessons.record({ ...draft, symptom: `${draft.symptom} 3 times` }, 'agent-2');
  expect(other.mergedInto).toBeUndefined();
  expect(other.id).not.toBe(id);
});

test('a twin that nobody confirmed takes in what the draft adds, a confirmed one is left as it is and says what was not taken', async () => {
  const first = { ...draft, applies_to: { kinds: ['Deployment'] } };
  const { id } = await lessons.record(first, 'agent-1');
  const more = {
    ...draft,
    wrong_fix: 'Deleting the volume',
    components: { redis: '*' },
    applies_to: { kinds: ['Deployment', 'StatefulSet'], actions: ['cluster_scale'] },
  };
  const added = ['kind StatefulSet', 'component redis', 'wrong_fix']; // it holds for every action already
  expect(await lessons.record(more, 'agent-2')).toEqual({ id, mergedInto: id, taken: added });
  const taken = (await lessons.get(id))?.lesson ?? expect.unreachable();
  expect(taken.applies_to).toEqual({ kinds: ['Deployment', 'StatefulSet'] });
  expect([taken.wrong_fix, taken.components]).toEqual(['Deleting the volume', { redis: '*' }]);
  await store.save({ lesson: { ...taken, status: 'confirmed' }, by: 'anna', at: AT });
  const again = await lessons.record({ ...more, applies_to: { kinds: ['Pod'] } }, 'agent-2');
  expect(again).toEqual({ id, mergedInto: id, notTaken: ['kind Pod'] });
  expect((await lessons.get(id))?.lesson.applies_to).toEqual(taken.applies_to);
});

test('a secret in a draft never reaches the store', async () => {
  const token = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';
  const { id } = await lessons.record(
    { ...draft, cause: `The token ${token} had expired`, applies_to: { values: [token] } },
    'agent-1',
  );
  expect(JSON.stringify(await store.get(id))).not.toContain(token);
  expect((await lessons.get(id))?.lesson.cause).toContain('had expired');
});

test('a draft without what a lesson needs is refused with a code', async () => {
  await expect(lessons.record({ ...draft, fix: 'no' }, 'agent-1')).rejects.toMatchObject({
    kind: 'input',
    code: 'invalid_lesson',
  });
});

test('search finds by words, component, kind and status, best or worst first', async () => {
  await keep(
    lessonOf('coredns-alone', { title: 'CoreDNS with one replica', components: { coredns: '*' }, severity: 'low' }),
    lessonOf('image-floats', { title: 'Images tagged latest', applies_to: { kinds: ['Pod'] }, severity: 'critical' }),
    lessonOf('old-lesson', { status: 'retired' }),
  );
  const ids = async (query: Parameters<Lessons['search']>[0]) =>
    (await lessons.search(query)).map(({ lesson }) => lesson.id);
  expect((await ids({ text: 'coredns replicas', limit: 5 }))[0]).toBe('coredns-alone');
  expect(await ids({ component: 'coredns', limit: 5 })).toEqual(['coredns-alone']);
  expect(await ids({ kind: 'Deployment', limit: 5 })).toEqual(['image-floats']); // a Deployment makes pods
  expect(await ids({ status: 'retired', limit: 5 })).toEqual(['old-lesson']);
  expect(await ids({ limit: 2 })).toEqual(['image-floats', 'old-lesson']);
  expect(await ids({ text: 'unheard-of', limit: 5 })).toEqual([]);
  expect(await lessons.get('no-such-lesson')).toBeUndefined();
});
