import type { CelInput } from '@bufbuild/cel';
import type { Proposal } from '../core/consult.ts';
import type { Lesson } from '../core/lesson.ts';
import { type Guards, guardAction } from './guard.ts';
import type { Entry, LiveIndex } from './live-index.ts';
import type { Found } from './match.ts';
import { type Facts, factsOf } from './proposal.ts';
import { type Fit, fit, isCertain, isElsewhere, type SelectorFit } from './selectors.ts';
import type { TextHit } from './text-index.ts';

/** Weights of the arms without vectors, and the score below which "nothing known" is the better answer. */
const WEIGHTS = { text: 0.7, content: 0.1, place: 0.2 } as const;
const CUT = 0.34;
/** No place or content makes up for less text than this. */
const LEAST_TEXT = 0.2;
const FIT = { match: 1, any: 0.3, mismatch: -1 } as const satisfies Record<Fit, number>;
const WHY_TERMS = 3;

/** A lesson that holds now, and how its selectors fit the proposal. */
interface Candidate {
  readonly entry: Entry;
  readonly how: SelectorFit;
}

/** Every lesson that concerns the proposal, in no order: certain ones by rule, the rest by text. */
export async function find(index: LiveIndex, guards: Guards, proposal: Proposal, now: Date): Promise<readonly Found[]> {
  const facts = factsOf(proposal);
  const live = liveLessons(index, facts, now);
  const verdicts = await judgeGuards(guards, live.values(), proposal, facts);
  const found = new Map<string, Found>();
  for (const [id, { entry, how }] of live) {
    const rule = byRule(entry, how, facts, verdicts.get(id));
    if (rule !== undefined) found.set(id, rule);
  }
  const seen = new Set(proposal.seen);
  for (const hit of index.text.search(facts.terms.keys(), LEAST_TEXT)) {
    const candidate = live.get(hit.id);
    if (candidate === undefined || found.has(hit.id) || seen.has(hit.id)) continue;
    const text = byText(index, hit, facts, candidate);
    if (text !== undefined) found.set(hit.id, text);
  }
  return [...found.values()];
}

/** Lessons that are not retired, valid today, and not replaced by a confirmed one. */
function liveLessons(index: LiveIndex, facts: Facts, now: Date): ReadonlyMap<string, Candidate> {
  const today = now.toISOString().slice(0, 10);
  const valid = [...index.entries.values()].filter(({ lesson }) => isValid(lesson, today));
  const replaced = new Set(
    valid.flatMap(({ lesson }) =>
      lesson.status === 'confirmed' ? lesson.supersedes.filter((id) => id !== lesson.id) : [],
    ),
  );
  const live = new Map<string, Candidate>();
  for (const entry of valid)
    if (!replaced.has(entry.lesson.id)) live.set(entry.lesson.id, { entry, how: fit(entry.lesson.applies_to, facts) });
  return live;
}

const isValid = ({ status, valid_from: from, valid_to: to }: Lesson, today: string): boolean =>
  status !== 'retired' && (from === undefined || from <= today) && (to === undefined || today <= to);

interface Demand {
  readonly effect: NonNullable<Found['guard']>;
  readonly why: string;
}

/** What the guards of confirmed lessons demand; a guard is asked where the lesson's action, kind, namespace and name fit. */
async function judgeGuards(
  guards: Guards,
  live: Iterable<Candidate>,
  proposal: Proposal,
  facts: Facts,
): Promise<ReadonlyMap<string, Demand>> {
  const demands = new Map<string, Demand>();
  let action: { readonly seen: CelInput | undefined } | undefined;
  for (const { entry, how } of live) {
    const { id, guard, status } = entry.lesson;
    if (guard === undefined || status !== 'confirmed' || isElsewhere(how)) continue;
    action ??= { seen: guardAction(proposal, facts) };
    const verdict = await guards.judge(guard.when, action.seen);
    if (verdict === 'yes') demands.set(id, { effect: guard.effect, why: 'its guard holds' });
    if (verdict === 'error') demands.set(id, { effect: 'ask', why: 'its guard could not be judged' });
  }
  return demands;
}

/** Named by a finding, by its guard, by its check or by all of its selectors. Nothing unconfirmed is certain. */
function byRule(entry: Entry, how: SelectorFit, facts: Facts, demand: Demand | undefined): Found | undefined {
  const { lesson } = entry;
  const check = lesson.checks.find((id) => facts.checks.has(id));
  const isAbout = how.kind !== 'mismatch' && how.action !== 'mismatch';
  const rules: readonly (readonly [score: number, why: string | false | undefined])[] = [
    [1, facts.lessons.has(lesson.id) && (check === undefined ? 'named by a finding' : `check ${check}`)],
    [0.98, demand?.why],
    [0.95, check !== undefined && isAbout && `check ${check}`],
    [0.9, isCertain(how) && how.reasons.join(' + ')],
  ];
  const holding = rules.flatMap(([score, why]) => (typeof why === 'string' ? [{ score, why }] : []));
  const [best] = holding;
  if (best === undefined) return undefined;
  const why = [...new Set(holding.map((rule) => rule.why))].join('; ');
  if (lesson.status !== 'confirmed')
    return { entry, strength: 'likely', score: best.score * 0.8, why: `${UNCONFIRMED}${why}` };
  return { entry, strength: 'certain', score: best.score, why, ...(demand && { guard: demand.effect }) };
}

const UNCONFIRMED = 'unconfirmed candidate: ';

function byText(index: LiveIndex, { id, score }: TextHit, facts: Facts, { entry, how }: Candidate): Found | undefined {
  const place = (FIT[how.kind] + FIT[how.action]) / 2;
  const total = WEIGHTS.text * score + WEIGHTS.content * Math.max(0, FIT[how.content]) + WEIGHTS.place * place;
  const calibrated = total * (0.8 + 0.2 * entry.lesson.confidence);
  if (calibrated < CUT) return undefined;
  const mark = entry.lesson.status === 'confirmed' ? '' : UNCONFIRMED;
  const why = `${mark}text: ${bestWords(index, id, facts)}`;
  return { entry, strength: 'likely', score: Math.min(1, calibrated), why };
}

/** The words of the proposal that weigh most in this lesson. */
function bestWords(index: LiveIndex, id: string, facts: Facts): string {
  const weighed = [...facts.terms].map(([term, word]) => ({ word, weight: index.text.weight(id, term) }));
  const words = weighed.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  return [...new Set(words.map(({ word }) => word))].slice(0, WHY_TERMS).join(' ');
}
