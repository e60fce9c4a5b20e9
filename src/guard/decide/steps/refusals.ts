import { targetLabel } from '../../../core/target.ts';
import { type DecideStep, deny, pass } from '../case.ts';
import { effectOf } from './findings.ts';

/** The outside system's own no, where no check has told about the same object already. */
export const refusals: DecideStep = {
  name: 'refusals',
  check({ draft, comparison, checks }) {
    const judged = new Set(
      comparison.introduced.filter((finding) => effectOf(finding, checks) !== 'note').map(({ target }) => target),
    );
    const refusal = draft.refusals?.find(({ target }) => !judged.has(targetLabel(target)));
    return refusal === undefined
      ? pass
      : deny(
          'target_refused',
          `${targetLabel(refusal.target)} was refused${refusal.code === 'other' ? '' : ` (${refusal.code})`}: ${refusal.message}`,
        );
  },
};
