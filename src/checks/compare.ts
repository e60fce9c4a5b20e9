import type { CheckResult, Finding } from '../core/finding.ts';
import { bySeverity } from '../core/severity.ts';

/** The difference that a change makes. */
export interface Comparison {
  /** Faults that are not there without the change, or are worse with it. */
  readonly introduced: readonly Finding[];
  /** Faults that the change ends. */
  readonly resolved: readonly Finding[];
  /** What could be judged before and no longer can be, and new targets that cannot be judged. */
  readonly becameUnknown: readonly Unjudged[];
}

export interface Unjudged {
  readonly check: string;
  readonly title: string;
  readonly reason: string;
  /** The one target, when it is not the whole check. */
  readonly target?: string;
}

/** Compares by fingerprint. A check that turned unknown has resolved nothing. */
export function compare(before: readonly CheckResult[], after: readonly CheckResult[]): Comparison {
  const old = new Map(before.map((result) => [result.check, result]));
  const known = byFingerprint(before);
  const left = byFingerprint(after);
  const were = before.flatMap(({ findings }) => findings);
  const still = after.flatMap(({ findings }) => findings);
  const couldJudge = new Set(after.filter(isJudged).map(({ check }) => check));
  const introduced = still
    .filter((finding) => finding.unknown !== true && isNewOrWorse(finding, known.get(finding.fingerprint)))
    .filter((finding) => !isPartOf(finding, were));
  const resolved = were
    .filter((each) => each.unknown !== true && !left.has(each.fingerprint) && couldJudge.has(each.check))
    .filter((each) => !still.some((one) => isPartOf(one, [each])));
  return {
    introduced: introduced.sort((a, b) => bySeverity(a.severity, b.severity)),
    resolved: resolved.sort((a, b) => bySeverity(a.severity, b.severity)),
    becameUnknown: after.flatMap((result) => unjudged(result, old.get(result.check), known)),
  };
}

/** A check that could not judge some of its targets has judged the others. */
const isJudged = ({ status, findings }: CheckResult): boolean =>
  status === 'pass' || status === 'fail' || (status === 'unknown' && findings.length > 0);

const isNewOrWorse = (finding: Finding, old: Finding | undefined): boolean =>
  old === undefined || old.unknown === true || bySeverity(finding.severity, old.severity) < 0;

/** What a plan takes out of a fault that several share leaves the rest of it there, which was there before. */
const isPartOf = (finding: Finding, olds: readonly Finding[]): boolean =>
  olds.some(
    (old) =>
      old.check === finding.check &&
      old.target === finding.target &&
      old.unknown !== true &&
      bySeverity(finding.severity, old.severity) >= 0 &&
      finding.shared?.every((member) => old.shared?.includes(member)) === true,
  );

const byFingerprint = (results: readonly CheckResult[]): ReadonlyMap<string, Finding> =>
  new Map(results.flatMap(({ findings }) => findings.map((finding) => [finding.fingerprint, finding] as const)));

function unjudged(
  { check, title, status, reason, findings }: CheckResult,
  before: CheckResult | undefined,
  known: ReadonlyMap<string, Finding>,
): readonly Unjudged[] {
  const targets = findings
    .filter((each) => each.unknown === true && known.get(each.fingerprint)?.unknown !== true)
    .map(({ target, message }) => ({ check, title, reason: message, target }));
  const wholeCheck = status === 'unknown' && findings.length === 0 && before?.status !== 'unknown';
  return wholeCheck ? [{ check, title, reason: reason ?? 'it could not be judged' }] : targets;
}
