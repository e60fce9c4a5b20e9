import type { Proposal } from '../core/consult.ts';
import { type Candidate, candidates } from './candidates.ts';
import type { Guards } from './guard.ts';
import type { Entry, LiveIndex } from './live-index.ts';
import type { Found } from './match.ts';
import { type Facts, factsOf } from './proposal.ts';
import { type Fit, fit, isCertain } from './selectors.ts';
import type { TextHit } from './text-index.ts';
import { tokens } from './tokens.ts';

/** Arms without vectors: words, whether action and kind fit, whether its component is named; a lesson of other content loses. */
const WEIGHTS = { text: 0.65, place: 0.2, component: 0.15, otherContent: -0.15, guardSaysNo: -0.05 } as const;
/** Every lesson is about these. */
const EVERYWHERE = new Set(tokens('kubernetes k3s'));
const FIT = { match: 1, any: 0.3, mismatch: -1 } as const satisfies Record<Fit, number>;
/** Below this score "nothing known" is the better answer; chosen on the cases of `cases/`. */
const CUT = 0.34;
/** No place makes up for less text than this. */
const LEAST_TEXT = 0.08;
const WHY_TERMS = 3;
const UNCONFIRMED = 'unconfirmed candidate: ';
/** An unconfirmed lesson never counts as much as a confirmed one. */
const UNCONFIRMED_SHARE = 0.8;

/** Every lesson that concerns the proposal, in no order: certain ones by rule, the rest by text. */
export async function find(index: LiveIndex, guards: Guards, proposal: Proposal, now: Date): Promise<readonly Found[]> {
  const facts = factsOf(proposal);
  const live = index.live(now.toISOString().slice(0, 10));
  const ruled = await candidates(live, guards, proposal, facts);
  const found = new Map<string, Found>();
  for (const [id, candidate] of ruled) {
    const rule = byRule(candidate, facts);
    if (rule !== undefined) found.set(id, rule);
  }
  const seen = new Set(proposal.seen);
  for (const hit of index.text.search(facts.terms.keys(), LEAST_TEXT)) {
    const entry = live.byId.get(hit.id);
    if (entry === undefined || found.has(hit.id) || seen.has(hit.id) || !mayPass(entry, hit, facts)) continue;
    const candidate = ruled.get(hit.id) ?? { entry, how: fit(entry.lesson.applies_to, facts) };
    const text = byText(index, hit, facts, candidate);
    if (text !== undefined) found.set(hit.id, text);
  }
  return [...found.values()];
}

/** Cheap, for the thousands of lessons that share a word: whether its score can reach the cut at all. */
function mayPass({ lesson: { applies_to: selectors } }: Entry, { score }: TextHit, facts: Facts): boolean {
  const action = selectors.actions === undefined || selectors.actions.includes(facts.action) ? 1 : -1;
  const kind = selectors.kinds === undefined || selectors.kinds.some((one) => facts.kinds.has(one)) ? 1 : -1;
  return WEIGHTS.text * score + (WEIGHTS.place * (action + kind)) / 2 + WEIGHTS.component >= CUT;
}

interface Rule {
  readonly score: number;
  readonly why: string;
}

/** Named by a finding, by its guard, by its check or by all of its selectors. Nothing unconfirmed is certain. */
function byRule(candidate: Candidate, facts: Facts): Found | undefined {
  const { entry, guard } = candidate;
  const rules = rulesOf(candidate, facts);
  const [best] = rules;
  if (best === undefined) return undefined;
  const why = [...new Set(rules.map((rule) => rule.why))].join('; ');
  if (entry.lesson.status !== 'confirmed')
    return { entry, strength: 'likely', score: best.score * UNCONFIRMED_SHARE, why: () => `${UNCONFIRMED}${why}` };
  const effect = guard !== undefined && guard.says !== 'no' ? { guard: guard.effect } : {};
  return { entry, strength: 'certain', score: best.score, why: () => why, ...effect };
}

function rulesOf({ entry: { lesson }, how, guard }: Candidate, facts: Facts): Rule[] {
  const rules: Rule[] = [];
  const check = lesson.checks.find((id) => facts.checks.has(id));
  if (facts.lessons.has(lesson.id))
    rules.push({ score: 1, why: check === undefined ? 'named by a finding' : `check ${check}` });
  if (guard?.says === 'yes') rules.push({ score: 0.98, why: 'its guard holds' });
  if (guard?.says === 'error') rules.push({ score: 0.98, why: 'its guard could not be judged' });
  if (check !== undefined && how.kind !== 'mismatch' && how.action !== 'mismatch')
    rules.push({ score: 0.95, why: `check ${check}` });
  if (isCertain(how)) rules.push({ score: 0.9, why: how.reasons.join(' + ') });
  return rules;
}

function byText(index: LiveIndex, { id, score }: TextHit, facts: Facts, candidate: Candidate): Found | undefined {
  const { entry, how, guard } = candidate;
  const place = (FIT[how.kind] + FIT[how.action]) / 2;
  const total =
    WEIGHTS.text * score +
    WEIGHTS.place * place +
    (namesComponent(entry, facts) ? WEIGHTS.component : 0) +
    (how.content === 'mismatch' || how.name === 'mismatch' ? WEIGHTS.otherContent : 0) +
    (guard?.says === 'no' ? WEIGHTS.guardSaysNo : 0);
  const calibrated = total * (0.8 + 0.2 * entry.lesson.confidence);
  if (calibrated < CUT) return undefined;
  const isConfirmed = entry.lesson.status === 'confirmed';
  const why = () => `${isConfirmed ? '' : UNCONFIRMED}text: ${bestWords(index, id, facts)}`;
  return { entry, strength: 'likely', score: Math.min(1, calibrated) * (isConfirmed ? 1 : UNCONFIRMED_SHARE), why };
}

const namesComponent = ({ components }: Entry, facts: Facts): boolean =>
  [...components].some((term) => !EVERYWHERE.has(term) && facts.terms.has(term));

/** The words of the proposal that weigh most in this lesson. */
function bestWords(index: LiveIndex, id: string, facts: Facts): string {
  const weighed = [...facts.terms].map(([term, word]) => ({ word, weight: index.text.weight(id, term) }));
  const words = weighed.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  return [...new Set(words.map(({ word }) => word))].slice(0, WHY_TERMS).join(' ');
}
