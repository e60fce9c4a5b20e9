import { hashOf, sha256 } from '../../core/canonical.ts';
import type { Lesson } from '../../core/lesson.ts';
import { redactText } from '../../core/redact.ts';
import { targetKey, targetLabel } from '../../core/target.ts';
import { type DeclaredLink, type LinkData, type LinkKind, lessonNode, type NodeId } from '../links.ts';
import { factsOf } from '../proposal.ts';
import { fit, isElsewhere } from '../selectors.ts';
import type { LessonStore, StoredLesson } from '../store.ts';
import { candidateOf } from './candidate.ts';
import type { Incident } from './incident.ts';
import { LEARNER, type LearnerNeeds } from './needs.ts';
import { signatureNode } from './symptom.ts';
import { type Twin, twinOf } from './twins.ts';

/** What an incident has taught. */
export interface Learned {
  readonly incident: Incident;
  /** The lesson that stands for it, new or known. */
  readonly lesson: string;
  /** `recurred` = the lesson knew its signature before it happened. */
  readonly how: 'new' | 'merged' | 'recurred';
}

type Needs = Pick<LearnerNeeds, 'store' | 'lessons' | 'clock'>;

/** Lessons by their words that are compared with a new one. */
const LOOKED_AT = 30;
const MAX_SHARED = 200;
/** Of what is still doubted, a further incident takes this share away. */
const LESS_DOUBT = 0.25;
const MOST_CONFIDENT_CANDIDATE = 0.8;

/** Keeps an incident and the lesson behind it, once. Undefined = it was kept before; what is new about it is added then. */
export async function keepIncident(needs: Needs, incident: Incident): Promise<Learned | undefined> {
  const { store } = needs;
  if ((await store.node(incident.id)) !== undefined) {
    await addToKept(store, incident, needs.clock.now().toISOString());
    return undefined;
  }
  const known = await knownBefore(store, incident);
  const found = known === undefined ? await placeOf(needs, incident) : { lesson: known, how: 'recurred' as const };
  await write(needs, incident, found);
  return { incident, ...found };
}

/**
 * A lesson that is not retired, was there before, and is about this action, kind and component. It knew the symptom when it
 * shares the signature, or when it was shown with the plan and speaks of what then happened.
 */
async function knownBefore(store: LessonStore, incident: Incident): Promise<string | undefined> {
  const { signature, change, component, at, symptom } = incident;
  const facts = factsOf(change.proposal);
  const sharing = new Set(await lessonsOf(store, signatureNode(signature)));
  const shown = change.plan.lessons.map(({ id }) => id);
  const fitting = (await store.many([...new Set([...sharing, ...shown])])).filter(
    ({ lesson, recordedAt }) =>
      lesson.status !== 'retired' &&
      recordedAt < at &&
      !isElsewhere(fit(lesson.applies_to, facts)) &&
      (sharing.has(lesson.id) ? isAbout(lesson, component) : speaksOf(lesson, symptom.reasons)),
  );
  return fitting.toSorted(confirmedFirst)[0]?.lesson.id;
}

const isAbout = ({ components }: Lesson, component: string): boolean =>
  Object.keys(components).length === 0 || Object.hasOwn(components, component) || '*' in components;

function speaksOf({ title, symptom }: Lesson, reasons: readonly string[]): boolean {
  const text = `${title}\n${symptom}`.toLowerCase();
  return reasons.some((reason) => text.includes(reason.toLowerCase()));
}

const confirmedFirst = (a: StoredLesson, b: StoredLesson): number =>
  Number(b.lesson.status === 'confirmed') - Number(a.lesson.status === 'confirmed') ||
  (a.lesson.id < b.lesson.id ? -1 : 1);

async function lessonsOf(store: LessonStore, symptom: NodeId): Promise<readonly string[]> {
  const near = await store.neighbours(symptom, { depth: 1, limit: MAX_SHARED, kinds: ['has_symptom'] });
  return near.flatMap(({ node }) => (node.startsWith('lesson:') ? [node.slice('lesson:'.length)] : []));
}

/** Saves the candidate unless a lesson says the same; ties it to those that are like it or against it. */
async function placeOf({ store, lessons, clock }: Needs, incident: Incident) {
  const draft = candidateOf(incident);
  const at = clock.now().toISOString();
  // Also when a person has retired it: what was decided about it stands.
  if ((await store.get(draft.id)) !== undefined) {
    await doubtLess(store, draft.id, at);
    return { lesson: draft.id, how: 'merged' as const };
  }
  const twins = await twinsOf({ store, lessons }, draft, signatureNode(incident.signature));
  const same = twins.find(({ twin }) => twin === 'same');
  if (same !== undefined) {
    await doubtLess(store, same.id, at);
    return { lesson: same.id, how: 'merged' as const };
  }
  await store.save({ lesson: draft, by: LEARNER, at });
  await store.link(twins.map((one) => ({ ...twinLink(draft.id, one), weight: 1, at })));
  return { lesson: draft.id, how: 'new' as const };
}

/** How every lesson near `draft` stands to it; retired ones are passed over. Nearest first. */
export async function twinsOf(
  { store, lessons }: Pick<Needs, 'store' | 'lessons'>,
  draft: Lesson,
  symptom: NodeId,
): Promise<readonly { readonly id: string; readonly twin: Twin }[]> {
  const text = `${draft.title}\n${draft.symptom}`;
  const byWords = (await lessons.search({ text, limit: LOOKED_AT })).map(({ lesson }) => lesson.id);
  const bySymptom = new Set(await lessonsOf(store, symptom));
  const near = await store.many([...new Set([...byWords, ...bySymptom])].filter((id) => id !== draft.id));
  return near.flatMap(({ lesson }) => {
    const twin = lesson.status === 'retired' ? undefined : twinOf(draft, lesson, bySymptom.has(lesson.id));
    return twin === undefined ? [] : [{ id: lesson.id, twin }];
  });
}

export const twinLink = (
  id: string,
  { id: other, twin }: { readonly id: string; readonly twin: Twin },
): DeclaredLink => ({
  from: lessonNode(id),
  kind: twin === 'contradicts' ? 'contradicts' : 'similar',
  to: lessonNode(other),
});

/** A confirmed lesson is as sure as the person who confirmed it. */
async function doubtLess(store: LessonStore, id: string, at: string): Promise<void> {
  const found = await store.get(id);
  if (found?.lesson.status !== 'candidate') return;
  const { confidence } = found.lesson;
  const surer = Math.min(MOST_CONFIDENT_CANDIDATE, confidence + (1 - confidence) * LESS_DOUBT);
  if (surer > confidence) await store.save({ lesson: { ...found.lesson, confidence: surer }, by: LEARNER, at });
}

async function write({ store, clock }: Needs, incident: Incident, { lesson, how }: Pick<Learned, 'lesson' | 'how'>) {
  const { id, signature, target, change, overridden, fingerprint, severity } = incident;
  const at = clock.now().toISOString();
  const symptom = signatureNode(signature);
  const resource: NodeId = `resource:${targetKey(target)}`;
  const title = redactText(`${change.plan.action} of ${targetLabel(target)}: ${signature}`).slice(0, 300);
  await store.saveNodes([
    {
      id,
      data: { fingerprint, title, severity, opened: incident.at, known_before: how === 'recurred' },
      by: LEARNER,
      at,
    },
    { id: symptom, data: { signature }, by: LEARNER, at },
    {
      id: `resource:${targetKey(target)}`,
      data: {
        kind: target.kind,
        name: target.name,
        ...(target.namespace !== undefined && { namespace: target.namespace }),
      },
      by: LEARNER,
      at,
    },
  ]);
  const plan = change.plan;
  const shown = plan.lessons.findIndex((match) => match.id === lesson);
  await link(store, at, [
    [lessonNode(lesson), 'has_symptom', symptom],
    [lessonNode(lesson), 'derived_from', id],
    [lessonNode(lesson), 'applies_to', resource, { role: 'seen' }],
    [id, 'has_symptom', symptom],
    ...(how === 'recurred'
      ? [
          [
            id,
            'recurrence_of',
            lessonNode(lesson),
            { known_before: true, consulted: shown >= 0, ...(shown >= 0 && { shown_rank: shown + 1 }), heeded: false },
          ] as const,
        ]
      : []),
    ...overridden.map((other) => [id, 'relates_to', lessonNode(other), { relation: 'overrode' }] as const),
  ]);
  await addEvidence(store, incident, lesson, at);
  if (how === 'recurred') await store.count([lesson], 'recurred');
}

type Row = readonly [from: NodeId, kind: LinkKind, to: NodeId, data?: LinkData];

const link = (store: LessonStore, at: string, rows: readonly Row[]): Promise<void> =>
  store.link(
    rows.map(([from, kind, to, data]) => ({ from, kind, to, weight: 1, at, ...(data !== undefined && { data }) })),
  );

/** The digest proves what was seen; the excerpt is the signature, never the text itself. */
async function addEvidence(store: LessonStore, incident: Incident, lesson: string, at: string): Promise<void> {
  const { change, trigger, signature, takenBackBy, id } = incident;
  const digest = hashOf([change.plan.hash, change.outcome ?? null, trigger]);
  const pieces = [
    { digest, excerpt: `${trigger}: ${signature}` },
    ...(takenBackBy === undefined
      ? []
      : [
          {
            digest: hashOf([takenBackBy.plan.hash, takenBackBy.outcome]),
            excerpt: `taken back with ${takenBackBy.plan.action}`,
          },
        ]),
  ];
  for (const piece of pieces) {
    const node = `evidence:${sha256(`${id} ${piece.digest}`).slice(0, 20)}` as const;
    if ((await store.node(node)) !== undefined) continue; // linked already, and linking anew would move the revision
    await store.saveNodes([
      { id: node, data: { type: 'event', ...piece, excerpt: redactText(piece.excerpt) }, by: LEARNER, at },
    ]);
    await link(store, at, [
      [node, 'supports', lessonNode(lesson)],
      [node, 'derived_from', id],
    ]);
  }
}

/** An incident that is known already may have been taken back since: that belongs to its lesson too. */
async function addToKept(store: LessonStore, incident: Incident, at: string): Promise<void> {
  const near = await store.neighbours(incident.id, {
    depth: 1,
    limit: MAX_SHARED,
    kinds: ['derived_from', 'recurrence_of'],
  });
  const kept = near.find(({ node }) => node.startsWith('lesson:'));
  if (kept !== undefined) await addEvidence(store, incident, kept.node.slice('lesson:'.length), at);
}
