import { type DecideStep, deny, pass } from '../case.ts';
import { risksOf } from '../risks.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Lessons that are a day old say nothing about what was learned since: only what has no risk goes on. */
export const receipt: DecideStep = {
  name: 'receipt',
  check: (facts) =>
    facts.consultation.receipt.ageMs > DAY_MS && risksOf(facts).length > 0
      ? deny('lessons_too_old', 'The lessons at hand are older than a day, and this change is not without risk.')
      : pass,
};
