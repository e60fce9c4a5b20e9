import { type ApplyStep, PLAN_AGAIN } from '../case.ts';

export const denied: ApplyStep = {
  name: 'denied',
  check({ known: { state, decision } }) {
    if (state === 'refused')
      return {
        code: 'approval_refused',
        reason: 'A person has refused this plan.',
        next: 'Ask them what to change, then plan again.',
      };
    if (state !== 'denied' && decision.kind !== 'deny') return undefined;
    return {
      code: 'plan_denied',
      reason: decision.reason,
      next: `Plan something else; this plan never runs. ${PLAN_AGAIN}`,
    };
  },
};
