import { messageOf } from '../core/errors.ts';
import { type AcceptedFinding, type CheckResult, type CheckStatus, type Finding, layerOf } from '../core/finding.ts';
import { bySeverity } from '../core/severity.ts';
import type { PartName, Parts } from '../world/parts.ts';
import type { World } from '../world/world.ts';
import { acceptedReason, newAcceptances } from './acceptance.ts';
import type { AnyCheck, FoundFault, Seen } from './define.ts';

export interface RunOptions {
  readonly now: Date;
  /** Parameters by check id; the check's own defaults fill the rest. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/**
 * Runs every check on one world. Results worst first: failed by severity, then unknown, passed, not applicable.
 * A check whose needed part is unknown, whose parameters do not fit, or that throws is `unknown`, never `pass`.
 */
export const runChecks = (checks: readonly AnyCheck[], world: World, options: RunOptions): readonly CheckResult[] =>
  checks.map((check) => runCheck(check, world, options)).sort(byUrgency);

function runCheck(check: AnyCheck, world: World, options: RunOptions): CheckResult {
  const seen = handOver(check, world);
  if ('status' in seen) return without(check, seen.status, seen.reason);
  const params = check.params.safeParse(options.params?.[check.id] ?? {});
  if (!params.success) return without(check, 'unknown', `its parameters do not fit: ${params.error.message}`);
  try {
    const faults = check.evaluate(seen.parts, { params: params.data, now: options.now });
    return resultOf(check, world, [...faults, ...gapsOf(check, world), ...newAcceptances(world, check)]);
  } catch (error) {
    // one broken check must not hide the answers of the others, and must not look healthy
    return without(check, 'unknown', `the check broke: ${messageOf(error)}`);
  }
}

type HandOver = { readonly parts: Seen<PartName> } | { readonly status: CheckStatus; readonly reason: string };

/** Exactly the parts that the check names. */
function handOver(check: AnyCheck, world: World): HandOver {
  const parts: Partial<Record<PartName, Parts[PartName]>> = {};
  const unread: string[] = [];
  for (const name of check.needs) {
    const part = world.part(name);
    if (part.state === 'known') parts[name] = part.value;
    else if (part.state === 'unknown') unread.push(`${name}: ${part.reason}`);
    else return { status: 'not_applicable', reason: absence(name) };
  }
  if (unread.length > 0) return { status: 'unknown', reason: unread.join('; ') };
  for (const name of check.wants ?? []) {
    const part = world.part(name);
    if (part.state === 'known') parts[name] = part.value;
  }
  return { parts: parts as Seen<PartName> }; // sound: a check reads only the names it gave in `needs` and `wants`
}

/** What a check could not look at although it should: without this word it would pass for what it did not see. */
const gapsOf = (check: AnyCheck, world: World): readonly FoundFault[] =>
  (check.demands ?? []).flatMap((name): readonly FoundFault[] => {
    const part = world.part(name);
    if (part.state !== 'unknown') return [];
    return [
      {
        target: name,
        message: `${name} could not be read: ${part.reason.replace(/\.$/, '')}.`,
        evidence: [],
        remedy: 'Bring that system back, or the right to read it.',
        fingerprint: `${check.id}:unread:${name}`,
        lessons: [],
        unknown: true,
      },
    ];
  });

const absence = (name: PartName): string =>
  name === 'change' || name === 'replaced' ? 'it judges planned changes only' : `${name} is not part of this lab`;

const without = ({ id, title, severity }: AnyCheck, status: CheckStatus, reason: string): CheckResult => ({
  check: id,
  title,
  severity,
  status,
  reason,
  findings: [],
});

function resultOf(check: AnyCheck, world: World, faults: readonly FoundFault[]): CheckResult {
  const findings: Finding[] = [];
  const accepted: AcceptedFinding[] = [];
  for (const { subject, ...fault } of worstByFingerprint(check, faults)) {
    const finding: Finding = { ...fault, check: check.id, severity: fault.severity ?? check.severity };
    const reason = acceptedReason(world, check.id, subject);
    if (reason === undefined) findings.push(finding);
    else accepted.push({ finding, reason });
  }
  findings.sort(
    (a, b) =>
      Number(a.unknown ?? false) - Number(b.unknown ?? false) ||
      bySeverity(a.severity, b.severity) ||
      (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  const [worst] = findings;
  const status = worst === undefined ? 'pass' : worst.unknown === true ? 'unknown' : 'fail';
  return {
    check: check.id,
    title: check.title,
    severity: status === 'fail' ? (worst?.severity ?? check.severity) : check.severity,
    status,
    ...(worst !== undefined && status === 'unknown' ? { reason: gapText(worst, findings.length) } : {}),
    findings,
    ...(accepted.length > 0 ? { accepted } : {}),
  };
}

const gapText = ({ message }: Finding, amount: number): string =>
  amount === 1 ? message : `${message} And ${amount - 1} more that could not be judged.`;

function worstByFingerprint(check: AnyCheck, faults: readonly FoundFault[]): readonly FoundFault[] {
  const kept = new Map<string, FoundFault>();
  for (const fault of faults) {
    const other = kept.get(fault.fingerprint);
    const isWorse =
      other === undefined || bySeverity(fault.severity ?? check.severity, other.severity ?? check.severity) < 0;
    if (isWorse) kept.set(fault.fingerprint, fault);
  }
  return [...kept.values()];
}

const ORDER: Readonly<Record<CheckStatus, number>> = { fail: 0, unknown: 1, pass: 2, not_applicable: 3 };

const byUrgency = (a: CheckResult, b: CheckResult): number =>
  ORDER[a.status] - ORDER[b.status] ||
  bySeverity(a.severity, b.severity) ||
  layerOf(a.check) - layerOf(b.check) ||
  (a.check < b.check ? -1 : 1);
