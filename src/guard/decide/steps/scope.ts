import { coversTarget } from '../../../core/principal.ts';
import { targetLabel } from '../../../core/target.ts';
import { type DecideStep, deny, pass } from '../case.ts';

/** Everything that the plan writes, not only what it was asked for, must lie in the principal's namespaces. */
export const scope: DecideStep = {
  name: 'scope',
  check({ principal, draft, targets }) {
    const all = [...targets, ...draft.touches.map(({ target }) => target)];
    const outside = all.find((target) => !coversTarget(principal, target));
    return outside === undefined
      ? pass
      : deny('denied_scope', `${principal.id} may not change ${targetLabel(outside)}.`);
  },
};
