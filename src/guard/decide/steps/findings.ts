import { type Decision, stricter } from '../../../core/decision.ts';
import type { Finding, GuardEffect } from '../../../core/finding.ts';
import { askHere, type Case, type DecideStep, deny, pass } from '../case.ts';

/** What an introduced finding does to the plan: its own word, else that of its check. */
export function effectOf(finding: Finding, checks: Case['checks']): GuardEffect {
  // A finding of a check that is not in the list is still a finding.
  return finding.introduced ?? checks.find(({ id }) => id === finding.check)?.introduced ?? 'deny';
}

/** The difference that the change makes, by the same checks that audit the lab. */
export const findings: DecideStep = {
  name: 'findings',
  check: ({ comparison, checks }) =>
    comparison.introduced
      .map((finding) => decisionOf(finding, effectOf(finding, checks)))
      .reduce((worst, one) => stricter(worst, one), pass),
};

function decisionOf({ check, message }: Finding, effect: GuardEffect): Decision {
  if (effect === 'deny') return deny('finding_introduced', `${check}: ${message}`);
  return effect === 'ask' ? askHere('finding_introduced', `${check}: ${message}`) : pass;
}
