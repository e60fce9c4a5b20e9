import { coversNamespace, hasScope } from '../../../core/principal.ts';
import { targetLabel } from '../../../core/target.ts';
import type { ApplyStep } from '../case.ts';

/** Rights as they are now, not as they were when the plan was made. */
export const scope: ApplyStep = {
  name: 'scope',
  check({ ctx, known: { plan } }) {
    const { principal } = ctx.session;
    const next = 'Ask the operator for the right, or let somebody who has it plan and apply.';
    if (!hasScope(principal, 'operate'))
      return { code: 'denied_scope', reason: `${principal.id} lacks the scope "operate".`, next };
    const all = [...plan.targets, ...plan.touches.map(({ target }) => target)];
    const outside = all.find(({ namespace }) => !coversNamespace(principal, namespace));
    if (outside === undefined) return undefined;
    return { code: 'denied_scope', reason: `${principal.id} may not change ${targetLabel(outside)}.`, next };
  },
};
