import type { CheckResult } from '../../../core/finding.ts';
import { askHere, type Case, type DecideStep, pass } from '../case.ts';

/** A check that matters and cannot be decided where this change reaches: a person decides instead. */
export const unknowns: DecideStep = {
  name: 'unknowns',
  check(facts) {
    const blind = facts.results.find((result) => isBlind(result, facts));
    return blind === undefined
      ? pass
      : askHere('check_unknown', `${blind.check} cannot be decided: ${blind.reason ?? 'its parts are unknown'}.`);
  },
};

function isBlind({ check, status, severity }: CheckResult, facts: Case): boolean {
  if (status !== 'unknown' || (severity !== 'critical' && severity !== 'high')) return false;
  if (facts.comparison.becameUnknown.some((result) => result.check === check)) return true;
  const reached = new Set(facts.draft.effects.map(({ part }) => part));
  const needs = facts.checks.find(({ id }) => id === check)?.needs ?? [];
  return needs.some((part) => reached.has(part));
}
