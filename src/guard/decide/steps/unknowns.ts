import type { CheckResult } from '../../../core/finding.ts';
import type { Severity } from '../../../core/severity.ts';
import { askHere, type Case, type DecideStep, pass } from '../case.ts';

/** A check that matters and cannot be decided where this change reaches: a person decides instead. */
export const unknowns: DecideStep = {
  name: 'unknowns',
  check(facts) {
    const blind = becameBlind(facts) ?? facts.results.find((result) => isBlindWhereItReaches(result, facts));
    return blind === undefined
      ? pass
      : askHere('check_unknown', `${blind.check} cannot be decided: ${blind.reason ?? 'its parts are unknown'}.`);
  },
};

const matters = (severity: Severity | undefined): boolean => severity === 'critical' || severity === 'high';

const becameBlind = ({ comparison, checks }: Case): { readonly check: string; readonly reason: string } | undefined =>
  comparison.becameUnknown.find(({ check }) => matters(checks.find(({ id }) => id === check)?.severity));

/** The whole check is blind, before and after alike, and the change writes into a part that it needs. */
function isBlindWhereItReaches({ check, status, severity, findings }: CheckResult, facts: Case): boolean {
  if (status !== 'unknown' || findings.length > 0 || !matters(severity)) return false;
  const reached = new Set(facts.draft.effects.map(({ part }) => part));
  const needs = facts.checks.find(({ id }) => id === check)?.needs ?? [];
  return needs.some((part) => reached.has(part));
}
