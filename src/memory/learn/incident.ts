import { bySeverity, type Severity } from '../../core/severity.ts';
import type { Target } from '../../core/target.ts';
import { type AlertSeen, type Change, mainTarget, verbOf } from './change.ts';
import {
  classOf,
  fingerprintOf,
  namesOf,
  type SymptomFacts,
  signatureOf,
  symptomOf,
  symptomOfAlert,
} from './symptom.ts';

export const TRIGGERS = ['verification_failed', 'rolled_back', 'alert_after_change', 'override_failed'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** Something went wrong, and a change of ours came before it. */
export interface Incident {
  /** One per change: a failure that is rolled back later is still one incident. */
  readonly id: `incident:${string}`;
  readonly trigger: Trigger;
  readonly change: Change;
  readonly target: Target;
  readonly component: string;
  readonly at: string;
  readonly symptom: SymptomFacts;
  readonly signature: string;
  readonly fingerprint: string;
  readonly severity: Severity;
  /** Certain lessons that stood against the change when it ran. */
  readonly overridden: readonly string[];
  /** The change that took it back. */
  readonly takenBackBy?: Change;
}

/** A rollback or an alert counts for a change that ended at most this long before. */
export const SOON_MS = 30 * 60_000;

/** What the record itself tells: changes that failed, or were rolled back soon after. Pure. */
export function incidentsIn(changes: readonly Change[]): readonly Incident[] {
  return changes.flatMap((change, at) => {
    const failed = failureOf(change, changes.slice(0, at));
    const rollback = rollbackOf(change, changes.slice(at + 1));
    if (failed === undefined && rollback === undefined) return [];
    const incident = failed ?? incidentOf('rolled_back', change, rollback?.outcome?.at ?? change.plan.createdAt);
    if (incident === undefined) return [];
    return [rollback === undefined ? incident : { ...incident, takenBackBy: rollback }];
  });
}

/** Seen to be not so. What could not be seen (`in_doubt`) teaches nothing. */
function failureOf(change: Change, before: readonly Change[]): Incident | undefined {
  const { outcome } = change;
  if (outcome === undefined || outcome.state === 'in_doubt') return undefined;
  if (outcome.state !== 'failed' && outcome.verified !== 'no') return undefined;
  const overridden = overriddenBy(change, before);
  return incidentOf(overridden.length > 0 ? 'override_failed' : 'verification_failed', change, outcome.at, overridden);
}

/**
 * Lessons that somebody went past: certain ones that had to be acknowledged or whose guard asked,
 * and those that had denied the same action on the same target shortly before.
 */
function overriddenBy(change: Change, before: readonly Change[]): readonly string[] {
  const { plan } = change;
  const asked = plan.lessons.filter(
    ({ id, guard }) => plan.receipt.mustAcknowledge.includes(id) || guard === 'ask' || guard === 'deny',
  );
  const denied = before.filter(
    (one) =>
      one.plan.decision.kind === 'deny' &&
      one.plan.principal === plan.principal &&
      one.plan.action === plan.action &&
      sharesTarget(one.plan, plan) &&
      isSoon(one.plan.createdAt, plan.createdAt),
  );
  const theirs = denied.flatMap((one) => [
    ...one.plan.lessons.filter(({ guard }) => guard === 'deny').map(({ id }) => id),
    ...one.plan.introduced.flatMap(({ lessons }) => lessons),
  ]);
  return [...new Set([...asked.map(({ id }) => id), ...theirs])];
}

const ROLLBACK_VERBS = new Set(['rollback', 'undo', 'restore']);

/** The first rollback of the same target soon after the change had run, also when nobody could see whether it had worked. */
function rollbackOf({ outcome, plan }: Change, after: readonly Change[]): Change | undefined {
  if (outcome === undefined || ROLLBACK_VERBS.has(verbOf(plan.action))) return undefined;
  return after.find(
    (one) =>
      ROLLBACK_VERBS.has(verbOf(one.plan.action)) &&
      one.outcome?.state === 'done' &&
      sharesTarget(one.plan, plan) &&
      isSoon(outcome.at, one.outcome.at),
  );
}

/** The incident behind an alert: the latest change soon before it that touched what it is about; undefined = none did. */
export function incidentBehind(alert: AlertSeen, changes: readonly Change[]): Incident | undefined {
  const near = changes.filter(({ outcome }) => outcome !== undefined && isSoon(outcome.at, alert.at));
  const change =
    near.findLast((one) => one.plan.targets.some((target) => isAbout(alert, target, 'object'))) ??
    near.findLast((one) => one.plan.targets.some((target) => isAbout(alert, target, 'namespace')));
  if (change === undefined) return undefined;
  const incident = incidentOf('alert_after_change', change, alert.at, [], symptomOfAlert(alert.name));
  if (incident === undefined || alert.severity === undefined) return incident;
  return { ...incident, severity: worse(incident.severity, alert.severity) };
}

/** Labels that name an object, in the words of the usual exporters. */
const OBJECT_LABELS =
  'pod deployment statefulset daemonset job_name cronjob service persistentvolumeclaim node instance';

function isAbout({ labels }: AlertSeen, target: Target, how: 'object' | 'namespace'): boolean {
  if (target.namespace !== undefined && labels['namespace'] !== target.namespace) return false;
  if (how === 'namespace') return target.namespace !== undefined;
  return OBJECT_LABELS.split(' ').some((label) => {
    const named = labels[label];
    return (
      named !== undefined &&
      (named === target.name || named.startsWith(`${target.name}-`) || named.startsWith(`${target.name}:`))
    );
  });
}

function incidentOf(
  trigger: Trigger,
  change: Change,
  at: string,
  overridden: readonly string[] = [],
  seen?: SymptomFacts,
): Incident | undefined {
  const target = mainTarget(change);
  if (target === undefined) return undefined;
  const { plan, outcome } = change;
  const symptom =
    seen ??
    symptomOf(trigger === 'rolled_back' ? [] : (outcome?.evidence ?? []), outcome?.error, namesOf(plan.targets));
  const signature = trigger === 'rolled_back' ? 'rolled back' : signatureOf(symptom);
  const component = componentOf(change, target);
  const facts = { signature, component, kind: target.kind, action: plan.action, targetClass: classOf(target) };
  return {
    id: `incident:${plan.id}`,
    trigger,
    change,
    target,
    component,
    at,
    symptom,
    signature,
    fingerprint: fingerprintOf(facts),
    severity: severityOf(change, target),
    overridden,
  };
}

/** What runs there: the label that charts give it, else the name of the target. */
function componentOf({ proposal }: Change, { name }: Target): string {
  for (const object of proposal.objects) {
    const label = labelsOf(object)['app.kubernetes.io/name'];
    if (typeof label === 'string' && /^[\w.-]{1,60}$/.test(label)) return label;
  }
  return name;
}

function labelsOf(object: unknown): Readonly<Record<string, unknown>> {
  const { metadata } = Object(object) as { metadata?: unknown }; // any value is an object then; narrowed below
  const { labels } = Object(metadata) as { labels?: unknown };
  return Object(labels) as Record<string, unknown>;
}

/** What cannot be taken back, and what everything else stands on, weighs more. */
function severityOf({ plan }: Change, target: Target): Severity {
  const isBroad = target.kind === 'Node' || classOf(target) === 'system';
  if (plan.reversibility === 'irreversible') return isBroad ? 'critical' : 'high';
  return isBroad ? 'high' : 'medium';
}

const worse = (a: Severity, b: Severity): Severity => (bySeverity(a, b) <= 0 ? a : b);

function isSoon(earlier: string, later: string): boolean {
  const apart = Date.parse(later) - Date.parse(earlier);
  return apart >= 0 && apart <= SOON_MS;
}

const sharesTarget = (a: Change['plan'], b: Change['plan']): boolean =>
  a.targets.some((one) =>
    b.targets.some(
      (other) =>
        one.system === other.system &&
        one.kind === other.kind &&
        one.namespace === other.namespace &&
        one.name === other.name,
    ),
  );
