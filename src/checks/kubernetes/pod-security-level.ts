import * as z from 'zod';
import type { Event } from '../../world/kubernetes/cluster.ts';
import type { ReplicaSet } from '../../world/kubernetes/workloads.ts';
import { type Parts, replacedKey } from '../../world/parts.ts';
import {
  controllerOf,
  indexWorkloads,
  WORKLOAD_PARTS,
  type Workload,
  type WorkloadParts,
} from '../../world/relations.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, enumerate, oneLine } from '../facts.ts';
import { enforcedLevel, type Level, podSecurityViolations } from './pod-security.ts';

const LESSONS = ['k8s-psa-restricted-bulk-label'];
const REFUSED = 'violates PodSecurity';

export default defineCheck({
  id: 'K03',
  title: 'Every workload fits the PodSecurity level of its namespace',
  severity: 'high',
  why: 'A stricter level lets running pods be and refuses their successors: the app is gone after the next restart, and only an event on the ReplicaSet says why. A change that makes it so is denied.',
  needs: ['namespaces', ...WORKLOAD_PARTS],
  wants: ['events', 'change', 'replaced'],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate(world) {
    const refusals = refusalsOf(world, world.events);
    const judged = indexWorkloads(world).all.flatMap((workload): readonly Judged[] => {
      const { level, before } = levelsOf(workload.namespace, world.namespaces, world.replaced);
      const annotations = annotationsOf(workload, world);
      const violations = podSecurityViolations(workload.spec, level, annotations);
      const refused = refusals.get(workload.key);
      const isOver = workload.kind === 'Job' && workload.desired === 0;
      if (isOver || (violations.length === 0 && refused === undefined)) return [];
      const isNew = refused === undefined && podSecurityViolations(workload.spec, before, annotations).length === 0;
      return [{ workload, level, isNew, fault: faultOf(workload, level, violations, refused) }];
    });
    const byLabel = Map.groupBy(
      judged.filter(({ isNew, fault }) => isNew && fault.unknown !== true && fault.severity === 'high'),
      ({ workload }) => workload.namespace,
    );
    const grouped = [...byLabel.values()].flat();
    const found = [
      ...[...byLabel.values()].map(relabelledFault),
      ...judged.filter((each) => !grouped.includes(each)).map(({ fault }) => fault),
    ];
    return [...found, ...(world.change === undefined ? [] : fromDryRun(world.change, found))];
  },
});

interface Judged {
  readonly workload: Workload;
  readonly level: Level;
  /** It violates the level only because the change sets that level. */
  readonly isNew: boolean;
  readonly fault: FoundFault;
}

/** The level that a namespace enforces, and the one that it enforced before the change of this plan. */
function levelsOf(name: string, namespaces: Parts['namespaces'], replaced: Parts['replaced'] | undefined) {
  const level = enforcedLevel(namespaces.get(name)?.metadata.labels ?? {});
  const old = replaced?.get(replacedKey('namespaces', name));
  return { level, before: old === undefined ? level : enforcedLevel(old.metadata.labels) };
}

/** One label, one finding: what it does to every workload stands in the evidence. */
function relabelledFault(judged: readonly Judged[]): FoundFault {
  const [{ workload, level }] = judged as readonly [Judged, ...Judged[]]; // a group has one member at least
  const { namespace } = workload;
  return {
    target: `Namespace ${namespace}`,
    subject: { part: 'namespaces', id: namespace },
    message: `With the level "${level}" on namespace ${namespace}, the next pods of ${enumerate(judged.map((each) => each.workload.key))} are refused, while the running ones hide it.`,
    evidence: judged.slice(0, 12).map(({ workload: { key }, fault }) => `${key}: ${fault.evidence.join(', ')}`),
    remedy: `Set "${level}" as warn and audit only, fix what they report, and enforce it last; or choose the level that the pods need.`,
    fingerprint: `K03:namespace:${namespace}:${level}`,
    lessons: LESSONS,
  };
}

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
    fingerprint: `K03:${key}`,
    lessons: LESSONS,
    ...(desired === 0 ? { introduced: 'note' as const } : {}),
    ...(mayBeExempt ? { unknown: true } : {}),
  };
}

const isIn = (target: string, namespace: string): boolean =>
  target === `Namespace ${namespace}` || target.includes(` ${namespace}/`);

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
  const namespace = /in namespace "([^"]+)"/.exec(first ?? '')?.[1] ?? '';
  if (first === undefined || found.some((each) => each.unknown !== true && isIn(each.target, namespace)))
    return refused;
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
