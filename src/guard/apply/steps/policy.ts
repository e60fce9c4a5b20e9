import { policyVersion } from '../../policy.ts';
import { type ApplyStep, PLAN_AGAIN } from '../case.ts';

/** A plan that was judged by other rules is judged anew, by planning again. */
export const policy: ApplyStep = {
  name: 'policy',
  check: ({ deps, known: { plan } }) =>
    plan.policyVersion === policyVersion(deps.policy)
      ? undefined
      : { code: 'policy_changed', reason: 'The policy has changed since the plan was made.', next: PLAN_AGAIN },
};
