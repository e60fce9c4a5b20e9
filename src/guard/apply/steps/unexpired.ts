import { type ApplyStep, PLAN_AGAIN } from '../case.ts';

export const unexpired: ApplyStep = {
  name: 'unexpired',
  check: ({ known: { state, plan } }) =>
    state === 'expired'
      ? { code: 'plan_expired', reason: `The plan was good until ${plan.expiresAt}.`, next: PLAN_AGAIN }
      : undefined,
};
