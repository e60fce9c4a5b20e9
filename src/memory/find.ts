import type { Proposal } from '../core/consult.ts';
import { type Candidate, candidates } from './candidates.ts';
import { expand } from './expand.ts';
import type { Guards } from './guard.ts';
import { dayOf } from './index/columns.ts';
import type { LiveIndex } from './live-index.ts';
import type { Found } from './match.ts';
import { type Facts, factsOf } from './proposal.ts';
import { judge, type Ranked, rank } from './rank.ts';
import { fit, isCertain } from './selectors.ts';

/** Lessons that are read and judged one by one; the rest is judged by numbers alone. */
const READ = 40;
const UNCONFIRMED = 'unconfirmed candidate: ';
/** An unconfirmed lesson never counts as much as a confirmed one. */
const UNCONFIRMED_SHARE = 0.8;

/** Every lesson that concerns the proposal, in no order: certain ones by rule, the rest by likeness. */
export async function find(index: LiveIndex, guards: Guards, proposal: Proposal, now: Date): Promise<readonly Found[]> {
  const facts = factsOf(proposal);
  const day = dayOf(now.toISOString());
  const ruled = await candidates(index, guards, proposal, facts, day);
  const found = new Map<number, Found>();
  for (const [row, candidate] of ruled) {
    const rule = byRule(row, candidate, facts);
    if (rule !== undefined) found.set(row, rule);
  }
  const seen = new Set(proposal.seen);
  const ranked = (await rank(index, facts, day)).filter(({ row }) => !found.has(row)).slice(0, READ);
  const more = expand(index, [...found.values(), ...ranked], day).filter(({ row }) => !found.has(row));
  const entries = await index.entries([...ranked, ...more].map(({ row }) => row));
  const confidences = await index.confidences([...entries.values()]);
  for (const one of [...ranked, ...more]) {
    const entry = entries.get(one.row);
    if (entry === undefined || found.has(one.row) || seen.has(entry.lesson.id)) continue;
    const candidate = ruled.get(one.row) ?? { entry, how: fit(entry.lesson.applies_to, facts) };
    const confidence = confidences.get(entry.lesson.id) ?? entry.lesson.confidence;
    const likely = byLikeness(index, { one, candidate, confidence }, facts);
    if (likely !== undefined) found.set(one.row, likely);
  }
  return [...found.values()];
}

interface Rule {
  readonly score: number;
  readonly why: string;
}

/** Named by a finding, by its guard, by its check or by all of its selectors. Nothing unconfirmed is certain. */
function byRule(row: number, candidate: Candidate, facts: Facts): Found | undefined {
  const { entry, guard } = candidate;
  const rules = rulesOf(candidate, facts);
  const [best] = rules;
  if (best === undefined) return undefined;
  const { score } = best;
  const why = [...new Set(rules.map((rule) => rule.why))].join('; ');
  if (entry.lesson.status !== 'confirmed') {
    const share = score * UNCONFIRMED_SHARE;
    return { row, entry, strength: 'likely', score: share, rank: share, why: () => `${UNCONFIRMED}${why}` };
  }
  const effect = guard !== undefined && guard.says !== 'no' ? { guard: guard.effect } : {};
  return { row, entry, strength: 'certain', score, rank: score, why: () => why, ...effect };
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

interface Likely {
  readonly one: Ranked;
  readonly candidate: Candidate;
  readonly confidence: number;
}

function byLikeness(index: LiveIndex, { one, candidate, confidence }: Likely, facts: Facts): Found | undefined {
  const { entry } = candidate;
  const score = judge(one, candidate, confidence);
  if (score === undefined) return undefined;
  const isConfirmed = entry.lesson.status === 'confirmed';
  const share = isConfirmed ? 1 : UNCONFIRMED_SHARE;
  const why = () => `${isConfirmed ? '' : UNCONFIRMED}${one.through ?? reasonOf(index, one, facts)}`;
  return { row: one.row, entry, strength: 'likely', score: Math.min(1, score) * share, rank: one.rank * share, why };
}

const WHY_TERMS = 3;

/** The words of the proposal that weigh most in this lesson; none = it was found by meaning alone. */
function reasonOf(index: LiveIndex, { row }: Ranked, facts: Facts): string {
  const terms = index.text.reasons(row, index.text.idsOf(facts.terms.keys()));
  const words = [...new Set(terms.map((term) => facts.terms.get(term) ?? term))].slice(0, WHY_TERMS);
  return words.length === 0 ? 'alike in meaning' : `text: ${words.join(' ')}`;
}
