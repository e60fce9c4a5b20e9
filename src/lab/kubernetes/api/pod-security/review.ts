import type { KubeJson } from '../../json.ts';
import { isObject, listAt, objectAt } from '../../objects/json.ts';
import { resourceKey } from '../../resource.ts';
import type { ServedResource } from '../catalogue.ts';
import type { ApiContext, WriteOptions } from '../context.ts';
import { type FieldError, forbidden, invalid } from '../fault.ts';
import { BASELINE } from './baseline.ts';
import type { CheckedPod, PodCheck, Violation } from './check.ts';
import { RESTRICTED } from './restricted.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const LEVELS: Readonly<Record<string, readonly PodCheck[]>> = {
  privileged: [],
  baseline: Object.values(BASELINE),
  restricted: Object.values(RESTRICTED),
};

/** What a namespace asks for in one mode; `latest` unless it names a version. */
interface Policy {
  readonly level: string;
  readonly version: string;
}

function policyOf(namespace: KubeJson | undefined, mode: 'enforce' | 'warn'): Policy {
  const labels = namespace?.metadata.labels ?? {};
  const level = labels[`${PREFIX}${mode}`] ?? 'privileged';
  return { level: level in LEVELS ? level : 'privileged', version: labels[`${PREFIX}${mode}-version`] ?? 'latest' };
}

/** Everything about a pod that a level forbids. The checks are those of the newest version, whatever version is asked. */
const violations = ({ level }: Policy, pod: CheckedPod): readonly Violation[] =>
  (LEVELS[level] ?? []).flatMap((check) => check(pod) ?? []);

const detailText = (found: readonly Violation[]): string =>
  found.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');

const reasonText = (found: readonly Violation[]): string => found.map(({ reason }) => reason).join(', ');

function checkedPod(spec: unknown, annotations: unknown): CheckedPod | undefined {
  if (!isObject(spec)) return undefined;
  const texts = isObject(annotations) ? annotations : {};
  const entries = Object.entries(texts).map(([key, value]) => [key, typeof value === 'string' ? value : '']);
  return { spec, annotations: Object.fromEntries(entries) };
}

/** Where the pods of a workload are described. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  podtemplates: ['template'],
  replicationcontrollers: ['spec', 'template'],
  'replicasets.apps': ['spec', 'template'],
  'deployments.apps': ['spec', 'template'],
  'statefulsets.apps': ['spec', 'template'],
  'daemonsets.apps': ['spec', 'template'],
  'jobs.batch': ['spec', 'template'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template'],
};

/** A change of a pod that matters: images, or the containers themselves. */
function isSignificant(current: KubeJson | undefined, next: KubeJson): boolean {
  if (!current) return true;
  const parts = (pod: KubeJson): string =>
    JSON.stringify(['containers', 'initContainers', 'ephemeralContainers'].map((field) => listAt(pod.spec, field)));
  return parts(current) !== parts(next);
}

function reviewPod(
  namespace: KubeJson | undefined,
  resource: ServedResource,
  pod: KubeJson,
  warn: WriteOptions['warn'],
): void {
  const checked = checkedPod(pod.spec, pod.metadata.annotations);
  if (!checked) return;
  const enforce = policyOf(namespace, 'enforce');
  const refused = violations(enforce, checked);
  if (refused.length > 0)
    throw forbidden(
      resource,
      pod.metadata.name,
      `violates PodSecurity "${enforce.level}:${enforce.version}": ${detailText(refused)}`,
    );
  warnAbout(namespace, checked, warn);
}

function warnAbout(namespace: KubeJson | undefined, pod: CheckedPod, warn: WriteOptions['warn']): void {
  const policy = policyOf(namespace, 'warn');
  const found = violations(policy, pod);
  if (found.length > 0) warn(`would violate PodSecurity "${policy.level}:${policy.version}": ${detailText(found)}`);
}

const invalidLabel = (key: string, value: string, why: string): FieldError => ({
  field: `metadata.labels[${key}]`,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
});

/** Labels that say no level or no version; throws 422. */
function checkLabels(namespace: KubeJson): void {
  const errors = ['enforce', 'audit', 'warn'].flatMap((mode) => {
    const [levelKey, versionKey] = [`${PREFIX}${mode}`, `${PREFIX}${mode}-version`];
    const { [levelKey]: level, [versionKey]: version } = namespace.metadata.labels ?? {};
    return [
      ...(level !== undefined && !(level in LEVELS)
        ? [invalidLabel(levelKey, level, 'must be one of privileged, baseline, restricted')]
        : []),
      ...(version !== undefined && !/^(latest|v1\.\d+)$/.test(version)
        ? [invalidLabel(versionKey, version, 'must be "latest" or "v1.x"')]
        : []),
    ];
  });
  if (errors.length > 0) throw invalid({ group: '', kind: 'Namespace' }, namespace.metadata.name, errors);
}

const STRICTNESS = ['privileged', 'baseline', 'restricted'];

const isStricter = (next: Policy, current: Policy): boolean =>
  STRICTNESS.indexOf(next.level) > STRICTNESS.indexOf(current.level) ||
  (next.level !== 'privileged' && next.level === current.level && next.version !== current.version);

/** One pod per controller stands for all of them. */
function representatives(pods: readonly KubeJson[]): readonly KubeJson[] {
  const seen = new Set<string>();
  return pods.filter((pod) => {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
    if (owner === undefined) return true;
    if (seen.has(owner)) return false;
    seen.add(owner);
    return true;
  });
}

const others = (count: number): string =>
  count === 0 ? '' : count === 1 ? ' (and 1 other pod)' : ` (and ${count} other pods)`;

/** A stricter label does not touch the pods that are there, so it says which of them would be refused. */
function warnAboutPods({ store }: ApiContext, namespace: KubeJson, policy: Policy, warn: WriteOptions['warn']): void {
  const byReason = new Map<string, string[]>();
  for (const pod of representatives(store.list('pods', namespace.metadata.name))) {
    const checked = checkedPod(pod.spec, pod.metadata.annotations);
    const found = checked ? violations(policy, checked) : [];
    if (found.length === 0) continue;
    const reason = reasonText(found);
    byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name]);
  }
  if (byReason.size === 0) return;
  warn(
    `existing pods in namespace "${namespace.metadata.name}" violate the new PodSecurity enforce level "${policy.level}:${policy.version}"`,
  );
  const lines = [...byReason].map(([reason, [first = '', ...more]]) => `${first}${others(more.length)}: ${reason}`);
  lines.sort().forEach(warn);
}

function reviewNamespace(
  context: ApiContext,
  next: KubeJson,
  current: KubeJson | undefined,
  warn: WriteOptions['warn'],
): void {
  checkLabels(next);
  const [now, before] = [policyOf(next, 'enforce'), policyOf(current, 'enforce')];
  if (current && isStricter(now, before)) warnAboutPods(context, next, now, warn);
}

/**
 * Admission PodSecurity: refuses pods (403), warns about workloads whose pods would be refused, and about the pods that are
 * there when a namespace becomes stricter. Throws 422 for labels that make no sense.
 */
export function reviewPodSecurity(
  context: ApiContext,
  resource: ServedResource,
  next: KubeJson,
  current: KubeJson | undefined,
  { warn }: WriteOptions,
): void {
  const key = resourceKey(resource);
  if (key === 'namespaces') return reviewNamespace(context, next, current, warn);
  const template = TEMPLATES[key];
  if (!template && key !== 'pods') return undefined;
  const namespace = context.store.get('namespaces', undefined, next.metadata.namespace ?? '');
  if (key === 'pods') {
    if (isSignificant(current, next)) reviewPod(namespace, resource, next, warn);
    return undefined;
  }
  const pods = template && objectAt(next, ...template);
  const checked = checkedPod(objectAt(pods, 'spec'), objectAt(pods, 'metadata', 'annotations'));
  if (checked) warnAbout(namespace, checked, warn);
  return undefined;
}
