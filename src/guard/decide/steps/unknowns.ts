import type { AnyCheck } from '../../../checks/define.ts';
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
      : askHere(
          'check_unknown',
          `${blind.check} cannot be decided: ${(blind.reason ?? 'its parts are unknown').replace(/\.$/, '')}.`,
        );
  },
};

const matters = (severity: Severity | undefined): boolean => severity === 'critical' || severity === 'high';

const becameBlind = (facts: Case): { readonly check: string; readonly reason: string } | undefined =>
  facts.comparison.becameUnknown.find(({ check, target }) => {
    const own = facts.checks.find(({ id }) => id === check);
    return matters(own?.severity) && (target !== undefined || own === undefined || !isOfAnotherSystem(own, facts));
  });

/**
 * A check of planned changes does not apply before there is one: its blindness is not the doing of this plan when what
 * it cannot read was unread before, and the plan writes into none of its parts. Otherwise nothing could be mended in a
 * cluster while a Proxmox host is away.
 */
const isOfAnotherSystem = ({ needs }: AnyCheck, { before, draft }: Case): boolean =>
  needs.includes('change') &&
  needs.some((part) => part !== 'change' && part !== 'replaced' && before.part(part).state === 'unknown') &&
  !draft.effects.some((effect) => needs.some((part) => part === effect.part));

/** The whole check is blind, before and after alike, and the change writes into a part that it needs. */
function isBlindWhereItReaches({ check, status, severity, findings }: CheckResult, facts: Case): boolean {
  if (status !== 'unknown' || findings.length > 0 || !matters(severity)) return false;
  const reached = new Set(facts.draft.effects.map(({ part }) => part));
  const needs = facts.checks.find(({ id }) => id === check)?.needs ?? [];
  return needs.some((part) => reached.has(part));
}
