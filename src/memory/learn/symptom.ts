import { hashOf, sha256 } from '../../core/canonical.ts';
import { redactText } from '../../core/redact.ts';
import type { Target } from '../../core/target.ts';
import { symptomSignature } from '../signature.ts';

/** What is kept of how something failed: words that the systems themselves use, never their text. */
export interface SymptomFacts {
  /** Event and condition reasons, and names of alerts; sorted. */
  readonly reasons: readonly string[];
  readonly exitCode?: number;
  /** Code of our own error. */
  readonly errorCode?: string;
  /** The error with numbers, ids and the names of the targets masked. */
  readonly error?: string;
}

/** Reasons of events, conditions and container states that tell a failure. */
const REASONS =
  /\b(?:CrashLoopBackOff|ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|OOMKilled|CreateContainerConfigError|CreateContainerError|RunContainerError|ContainerCannotRun|StartError|FailedScheduling|Unschedulable|FailedMount|FailedAttachVolume|FailedCreate|FailedBinding|ProvisioningFailed|ReplicaFailure|Unhealthy|Evicted|NodeNotReady|ProgressDeadlineExceeded|MinimumReplicasUnavailable|DeadlineExceeded|BackoffLimitExceeded|DEGRADED|FAULTED|SUSPENDED|UNAVAIL)\b/g;
const EXIT_CODE = /\bexit(?:ed|s)?(?: with)?(?: code| status)?[ :=]+(\d{1,3})\b/i;
const MAX_ERROR = 160;

/**
 * Reads the facts off lines that our own reading back wrote, and off an error. `names` are masked, so that the same
 * failure of another app has the same signature.
 */
export function symptomOf(
  lines: readonly string[],
  error: { readonly code: string; readonly message: string } | undefined,
  names: readonly string[],
): SymptomFacts {
  const text = [...lines, error?.message ?? ''].join('\n');
  const reasons = [...new Set(text.match(REASONS) ?? [])].sort();
  const code = EXIT_CODE.exec(text)?.[1];
  const said = masked(error?.message ?? lines[0] ?? '', names);
  return {
    reasons,
    ...(code !== undefined && { exitCode: Number(code) }),
    ...(error !== undefined && { errorCode: error.code }),
    ...(said !== '' && { error: said }),
  };
}

/** Of an alert only its name: everything else in it was written elsewhere. */
export const symptomOfAlert = (name: string): SymptomFacts => ({ reasons: [symptomWord(name)] });

const symptomWord = (name: string): string =>
  redactText(name)
    .replaceAll(/[^\w.-]+/g, '_')
    .slice(0, 80);

/** Redacted first: half a secret would not be recognised. */
function masked(text: string, names: readonly string[]): string {
  let said = redactText(text);
  for (const name of names.toSorted((a, b) => b.length - a.length))
    if (name.length > 2) said = said.replaceAll(name, '<name>');
  return symptomSignature(said).slice(0, MAX_ERROR);
}

/** The names that stand for this time only. */
export const namesOf = (targets: readonly Target[]): readonly string[] => [
  ...new Set(targets.flatMap(({ name, namespace }) => (namespace === undefined ? [name] : [name, namespace]))),
];

/** One line per kind of failure. Reasons and exit code say more than words: the error counts only without them. */
export function signatureOf({ reasons, exitCode, errorCode, error }: SymptomFacts): string {
  const facts = [
    ...(reasons.length > 0 ? [`reason ${reasons.join('+')}`] : []),
    ...(exitCode === undefined ? [] : [`exit ${exitCode}`]),
    ...(errorCode === undefined ? [] : [`error ${errorCode}`]),
  ];
  return reasons.length > 0 || exitCode !== undefined ? facts.join(' ') : [...facts, error ?? 'unknown'].join(' ');
}

/** The node that incidents and lessons of this signature share. */
export const signatureNode = (signature: string): `symptom:${string}` => `symptom:${sha256(signature).slice(0, 16)}`;

/** `CrashLoopBackOff, exit code 1`, as people read it. */
export function sayingOf(facts: SymptomFacts): string {
  const { reasons, exitCode, errorCode, error } = facts;
  const said = [
    ...reasons,
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(errorCode === undefined ? [] : [`error ${errorCode}`]),
  ];
  return said.length > 0 ? said.join(', ') : (error ?? 'it is not as planned');
}

/** Lessons of the control plane do not speak of apps, and the other way round. */
export function classOf({ system, namespace }: Target): string {
  if (system !== 'kubernetes') return system;
  if (namespace === undefined) return 'cluster';
  return namespace.startsWith('kube-') ? 'system' : 'app';
}

/** The same for the same mistake on another day: signature, component, kind, action and class of namespace. */
export const fingerprintOf = (facts: {
  readonly signature: string;
  readonly component: string;
  readonly kind: string;
  readonly action: string;
  readonly targetClass: string;
}): string => hashOf(facts).slice(0, 16);
