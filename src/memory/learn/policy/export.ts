import { stringify } from 'yaml';
import { inputError } from '../../../core/errors.ts';
import type { Lesson } from '../../../core/lesson.ts';
import { readCel } from './cel-text.ts';
import { withWorkloads } from './kinds.ts';
import { translate } from './translate.ts';

/** How the cluster acts on it: a guard that denies denies there too; asking is not possible there, so it warns. */
export type PolicyAction = 'Deny' | 'Warn' | 'Audit';

export interface PolicyOptions {
  readonly actions?: readonly PolicyAction[];
}

/** Group, version and resource of the kinds that a policy can be about. */
const RESOURCES: Readonly<Record<string, readonly [group: string, version: string, resource: string]>> = {
  Pod: ['', 'v1', 'pods'],
  Service: ['', 'v1', 'services'],
  ConfigMap: ['', 'v1', 'configmaps'],
  Secret: ['', 'v1', 'secrets'],
  ServiceAccount: ['', 'v1', 'serviceaccounts'],
  Namespace: ['', 'v1', 'namespaces'],
  Node: ['', 'v1', 'nodes'],
  PersistentVolume: ['', 'v1', 'persistentvolumes'],
  PersistentVolumeClaim: ['', 'v1', 'persistentvolumeclaims'],
  Deployment: ['apps', 'v1', 'deployments'],
  StatefulSet: ['apps', 'v1', 'statefulsets'],
  DaemonSet: ['apps', 'v1', 'daemonsets'],
  ReplicaSet: ['apps', 'v1', 'replicasets'],
  Job: ['batch', 'v1', 'jobs'],
  CronJob: ['batch', 'v1', 'cronjobs'],
  Ingress: ['networking.k8s.io', 'v1', 'ingresses'],
  NetworkPolicy: ['networking.k8s.io', 'v1', 'networkpolicies'],
  PodDisruptionBudget: ['policy', 'v1', 'poddisruptionbudgets'],
  HorizontalPodAutoscaler: ['autoscaling', 'v2', 'horizontalpodautoscalers'],
  StorageClass: ['storage.k8s.io', 'v1', 'storageclasses'],
  Role: ['rbac.authorization.k8s.io', 'v1', 'roles'],
  RoleBinding: ['rbac.authorization.k8s.io', 'v1', 'rolebindings'],
  ClusterRole: ['rbac.authorization.k8s.io', 'v1', 'clusterroles'],
  ClusterRoleBinding: ['rbac.authorization.k8s.io', 'v1', 'clusterrolebindings'],
};

const MAX_MESSAGE = 400;

/**
 * The guard of a confirmed lesson as a ValidatingAdmissionPolicy and its binding, so that the cluster itself enforces it.
 * Errors (`input`): `policy_not_confirmed | policy_no_guard | policy_not_translatable | policy_no_kinds`.
 */
export async function exportPolicy(lesson: Lesson, options: PolicyOptions = {}): Promise<string> {
  const { id, status, guard } = lesson;
  if (status !== 'confirmed')
    throw refusal(
      'policy_not_confirmed',
      id,
      'nobody has confirmed the lesson',
      'Confirm it first: steward lessons confirm.',
    );
  if (guard === undefined)
    throw refusal('policy_no_guard', id, 'it carries no guard', 'Promote a learned one, or write one into the lesson.');
  const translated = translate(await readCel(guard.when));
  if (!translated.ok)
    throw refusal(
      'policy_not_translatable',
      id,
      translated.reason,
      'The guard goes on in steward; see docs/learning.md for what can be exported.',
    );
  const kinds = demandKinds(id, [...(translated.kinds ?? (lesson.applies_to.kinds ?? []).flatMap(withWorkloads))]);
  const actions = options.actions ?? (guard.effect === 'deny' ? ['Deny'] : ['Warn', 'Audit']);
  return documents(lesson, `!(${translated.when})`, rulesFor(kinds), actions);
}

function demandKinds(id: string, kinds: readonly string[]): readonly string[] {
  const unknown = kinds.find((kind) => !Object.hasOwn(RESOURCES, kind));
  const hint = `Known kinds: ${Object.keys(RESOURCES).join(', ')}.`;
  if (kinds.length === 0) throw refusal('policy_no_kinds', id, 'it does not say which kinds it is about', hint);
  if (unknown === undefined) return kinds;
  throw refusal('policy_no_kinds', id, `the kind ${unknown} is not one that can be exported`, hint);
}

const refusal = (code: string, id: string, reason: string, hint: string) =>
  inputError(code, `Unable to export the guard of ${id} as a policy: ${reason}.`, hint);

/** One rule per group and version. */
function rulesFor(kinds: readonly string[]): readonly object[] {
  const byGroup = new Map<string, { group: string; version: string; resources: string[] }>();
  for (const kind of kinds.toSorted()) {
    const [group, version, resource] = RESOURCES[kind] ?? ['', 'v1', kind];
    const rule = byGroup.get(`${group}/${version}`) ?? { group, version, resources: [] };
    rule.resources.push(resource);
    byGroup.set(`${group}/${version}`, rule);
  }
  return [...byGroup.values()].map(({ group, version, resources }) => ({
    apiGroups: [group],
    apiVersions: [version],
    operations: ['CREATE', 'UPDATE'],
    resources,
  }));
}

function documents(
  { id, title, fix }: Lesson,
  expression: string,
  resourceRules: readonly object[],
  validationActions: readonly PolicyAction[],
): string {
  const name = `steward-${id}`;
  const metadata = {
    name,
    labels: { 'app.kubernetes.io/managed-by': 'steward' },
    annotations: { 'steward.dev/lesson': id },
  };
  const message = `${title}. ${fix}`.replaceAll(/\s+/g, ' ').slice(0, MAX_MESSAGE);
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules },
      validations: [{ expression, message, reason: 'Invalid' }],
    },
  };
  const binding = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata,
    spec: { policyName: name, validationActions },
  };
  return [policy, binding].map((one) => stringify(one, { lineWidth: 0 })).join('---\n');
}
