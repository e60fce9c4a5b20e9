import * as z from 'zod';
import type { Event } from '../world/kubernetes/cluster.ts';
import type { ReplicaSet } from '../world/kubernetes/workloads.ts';
import type { Parts } from '../world/parts.ts';
import { controllerOf, indexWorkloads, WORKLOAD_PARTS, type Workload, type WorkloadParts } from '../world/relations.ts';
import { defineCheck, type FoundFault } from './define.ts';
import { count, oneLine } from './facts.ts';
import { enforcedLevel, type Level, podSecurityViolations } from './pod-security.ts';

const LESSONS = ['k8s-psa-restricted-bulk-label'];
const REFUSED = 'violates PodSecurity';

export default defineCheck({
  id: 'K03',
  title: 'Every workload fits the PodSecurity level of its namespace',
  severity: 'high',
  why: 'A stricter level lets running pods be and refuses their successors: the app is gone after the next restart, and only an event on the ReplicaSet says why. A change that makes it so is denied.',
  needs: ['namespaces', ...WORKLOAD_PARTS],
  wants: ['events', 'change'],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate(world) {
    const refusals = refusalsOf(world, world.events);
    const found = indexWorkloads(world).all.flatMap((workload): readonly FoundFault[] => {
      const namespace = world.namespaces.get(workload.namespace);
      const level = enforcedLevel(namespace?.metadata.labels ?? {});
      const violations = podSecurityViolations(workload.spec, level, annotationsOf(workload, world));
      const refused = refusals.get(workload.key);
      if (violations.length === 0 && refused === undefined) return [];
      if (workload.kind === 'Job' && workload.desired === 0) return [];
      return [faultOf(workload, level, violations, refused)];
    });
    return [...found, ...(world.change === undefined ? [] : fromDryRun(world.change, found))];
  },
});

/** Where the API has already refused pods of a workload: a condition of its ReplicaSet, or an event of its controller. */
const refusalsOf = (world: WorkloadParts, events: Parts['events'] | undefined): ReadonlyMap<string, string> =>
  new Map([
    ...[...world.replicaSets.values()].flatMap(fromCondition),
    ...[...(events?.values() ?? [])].flatMap(fromEvent).filter(([key]) => !isHealthyAgain(key, world)),
  ]);

type Refused = readonly [key: string, message: string];

function fromCondition({ metadata, spec, status }: ReplicaSet): readonly Refused[] {
  const failure = status.conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (spec.replicas === 0 || failure?.message?.includes(REFUSED) !== true) return [];
  const owner = controllerOf(metadata);
  const name = owner?.kind === 'Deployment' ? `Deployment ${idIn(metadata.namespace, owner.name)}` : undefined;
  return [[name ?? `ReplicaSet ${idIn(metadata.namespace, metadata.name)}`, failure.message]];
}

function fromEvent({ reason, message, involvedObject }: Event): readonly Refused[] {
  const { kind, namespace, name } = involvedObject;
  const isRefusal = reason === 'FailedCreate' && message.includes(REFUSED) && OWN_EVENTS.has(kind);
  return isRefusal ? [[`${kind} ${idIn(namespace, name)}`, message]] : [];
}

const idIn = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

/** These have no condition for it; of a ReplicaSet the condition says more than an old event. */
const OWN_EVENTS = new Set(['StatefulSet', 'DaemonSet', 'Job']);

function isHealthyAgain(key: string, { statefulSets, daemonSets }: WorkloadParts): boolean {
  const [kind = '', id = ''] = key.split(' ');
  const set = kind === 'StatefulSet' ? statefulSets.get(id) : undefined;
  const daemon = kind === 'DaemonSet' ? daemonSets.get(id) : undefined;
  if (set !== undefined) return set.status.readyReplicas >= set.spec.replicas;
  return daemon !== undefined && daemon.status.numberAvailable >= daemon.status.desiredNumberScheduled;
}

function annotationsOf({ kind, id, metadata }: Workload, world: WorkloadParts): Readonly<Record<string, string>> {
  if (kind === 'Pod') return metadata.annotations;
  const scalable = world.deployments.get(id) ?? world.statefulSets.get(id) ?? world.daemonSets.get(id);
  return scalable?.spec.template.metadata.annotations ?? {};
}

function faultOf(
  workload: Workload,
  level: Level,
  violations: readonly string[],
  refused: string | undefined,
): FoundFault {
  const { key, namespace, part, id, desired, spec } = workload;
  const mayBeExempt = refused === undefined && spec.runtimeClassName !== undefined;
  const cause = refused === undefined ? `the level "${level}" that namespace ${namespace} enforces` : 'PodSecurity';
  return {
    target: key,
    subject: { part, id },
    severity: desired === 0 ? 'low' : 'high',
    message:
      refused === undefined
        ? `${key} violates ${cause}: its running pods stay, and its next pod will be refused.`
        : `The API refuses the pods of ${key}: they violate ${cause}.`,
    evidence: [
      ...(refused === undefined ? [] : [oneLine(refused)]),
      ...violations,
      ...(desired === 0 ? ['it wants no pods now'] : []),
      ...(mayBeExempt ? [`runtime class ${spec.runtimeClassName ?? ''} may be exempted in the API server`] : []),
    ],
    remedy: `Lower the level of namespace ${namespace} to what its pods need (baseline or privileged), or give ${key} the security context that "${level}" asks for.`,
    fingerprint: `K03:${key}:${level}`,
    lessons: LESSONS,
    ...(desired === 0 ? { introduced: 'note' as const } : {}),
    ...(mayBeExempt ? { unknown: true } : {}),
  };
}

/** What the API's own dry run says; the workloads that we judged ourselves are not named twice. */
function fromDryRun({ warnings, refusals }: Parts['change'], found: readonly FoundFault[]): readonly FoundFault[] {
  const refused = refusals
    .filter(({ code }) => code === 'pod_security')
    .map(({ target, message }) => ({
      target: `${target.kind} ${target.namespace === undefined ? '' : `${target.namespace}/`}${target.name}`,
      message: 'The API refuses this change: its pods would violate the PodSecurity level of the namespace.',
      evidence: [oneLine(message, 400)],
      remedy:
        'Give the pods the security context that the level asks for, or put them into a namespace whose level fits.',
      fingerprint: `K03:refused:${target.kind}:${target.namespace ?? ''}/${target.name}`,
      lessons: LESSONS,
    }));
  const existing = warnings.filter((warning) => warning.includes('violate the new PodSecurity'));
  const [first] = existing;
  if (first === undefined || found.some(({ unknown, severity }) => unknown !== true && severity === 'high'))
    return refused;
  const namespace = /in namespace "([^"]+)"/.exec(first)?.[1] ?? '';
  return [
    ...refused,
    {
      target: `Namespace ${namespace}`,
      message: `${count(existing.length, 'warning')} of the API: pods of namespace ${namespace} violate the new PodSecurity level and would not come back after a restart.`,
      evidence: warnings.map((warning) => oneLine(warning)),
      remedy: 'Set the level only as warn and audit first, or choose the level that the pods need.',
      fingerprint: `K03:namespace:${namespace}`,
      lessons: LESSONS,
    },
  ];
}
