import { NOT_OPENED_MS } from '../../../core/consult.ts';
import { type DecideStep, deny, pass } from '../case.ts';
import { risksOf } from '../risks.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Lessons that are a day old say nothing about what was learned since: only what has no risk goes on. Without the store nothing does. */
export const receipt: DecideStep = {
  name: 'receipt',
  check: (facts) => {
    const { ageMs } = facts.consultation.receipt;
    if (ageMs >= NOT_OPENED_MS)
      return deny(
        'lessons_not_opened',
        'The store of lessons cannot be opened, so what was learned here is not known: read only until it is mended (steward doctor goes on; the log says what is wrong with it).',
      );
    return ageMs > DAY_MS && risksOf(facts).length > 0
      ? deny('lessons_too_old', 'The lessons at hand are older than a day, and this change is not without risk.')
      : pass;
  },
};
