import { inputError, notFound, StewardError } from '../../../core/errors.ts';
import type { CheckResult, Finding } from '../../../core/finding.ts';
import { nearest } from '../../../core/near.ts';
import type { ObjectPartName, ObjectParts } from '../../../world/parts.ts';
import {
  idOf,
  indexWorkloads,
  WORKLOAD_PARTS,
  type Workload,
  type WorkloadParts,
  type Workloads,
} from '../../../world/relations.ts';
import { type Backends, backendsOf } from '../../../world/services.ts';
import { claimsOf } from '../../../world/storage.ts';
import type { World } from '../../../world/world.ts';
import { type FoldedEvent, foldEvents } from './events.ts';

type Value<K extends ObjectPartName> = ObjectParts[K] extends ReadonlyMap<string, infer V> ? V : never;

export interface ClaimFact {
  readonly id: string;
  /** Undefined when there is no such claim. */
  readonly claim: Value<'persistentVolumeClaims'> | undefined;
  readonly events: readonly FoldedEvent[];
}

export interface ServiceFact extends Backends {
  readonly id: string;
  /** Ready and all endpoint addresses; undefined when they could not be read. */
  readonly endpoints: { readonly ready: number; readonly all: number } | undefined;
}

/** Everything about one workload that helps to tell why it is not well. */
export interface Case {
  readonly workload: Workload;
  readonly parts: WorkloadParts;
  readonly replicaSets: readonly Value<'replicaSets'>[];
  readonly events: readonly FoldedEvent[];
  readonly claims: readonly ClaimFact[];
  readonly services: readonly ServiceFact[];
  readonly nodes: ReadonlyMap<string, Value<'nodes'>> | undefined;
  readonly findings: readonly Finding[];
  /** The end of the log of the container that fails, before its last restart; absent when none fails or it cannot be read. */
  readonly lastWords?: LastWords;
  /** What could not be looked at, and why. */
  readonly gaps: readonly string[];
}

export interface LastWords {
  readonly pod: string;
  readonly container: string;
  readonly lines: readonly string[];
}

export interface CaseQuery {
  readonly kind?: string | undefined;
  readonly namespace: string;
  readonly name: string;
}

/** Errors: `not_found` `no_such_workload`; `target` `world_unknown` when the workloads themselves cannot be read; `input` `service_without_workload`. */
export function openCase(world: World, results: readonly CheckResult[], query: CaseQuery): Case {
  const parts = workloadParts(world);
  const workloads = indexWorkloads(parts);
  const workload = findWorkload(workloads, world, query);
  const gaps: string[] = [];
  const part = <K extends ObjectPartName>(name: K): ReadonlyMap<string, Value<K>> | undefined => {
    const found = world.part(name);
    if (found.state === 'unknown') gaps.push(`${name}: ${found.reason}`);
    return found.state === 'known' ? (found.value as ReadonlyMap<string, Value<K>>) : undefined; // sound: Value<K> is what that part holds
  };
  const events = [...(part('events')?.values() ?? [])].filter(
    ({ metadata }) => metadata.namespace === workload.namespace,
  );
  const replicaSets = [...parts.replicaSets.values()].filter(({ metadata }) =>
    metadata.ownerReferences.some(({ uid }) => uid === workload.metadata.uid),
  );
  const names = new Set([
    workload.name,
    ...replicaSets.map(({ metadata }) => metadata.name),
    ...workload.pods.map(({ metadata }) => metadata.name),
  ]);
  const claims = claimFacts(workload, part('persistentVolumeClaims'), events);
  const about = foldEvents(events.filter(({ involvedObject }) => names.has(involvedObject.name)));
  const services = serviceFacts(workload, workloads, part('services'), part('endpointSlices'));
  const labels = [
    workload.key,
    ...claims.map(({ id }) => `PersistentVolumeClaim ${id}`),
    ...services.map(({ id }) => `Service ${id}`),
  ];
  const nodes = part('nodes');
  return {
    workload,
    parts,
    replicaSets,
    events: about,
    claims,
    services,
    nodes,
    findings: findingsAbout(results, [...labels, ...nodeLabels(workload)]),
    gaps,
  };
}

function workloadParts(world: World): WorkloadParts {
  const found: Record<string, unknown> = {};
  for (const name of WORKLOAD_PARTS) {
    const part = world.part(name);
    if (part.state !== 'known')
      throw new StewardError(
        `Unable to diagnose: ${name} cannot be read: ${part.state === 'unknown' ? part.reason : 'no cluster is configured'}.`,
        {
          kind: 'target',
          code: 'world_unknown',
          hint: 'Look at the API server and at the rights of the kubeconfig, then retry.',
          retryable: true,
        },
      );
    found[name] = part.value;
  }
  return found as unknown as WorkloadParts; // sound: one known value for each name of WORKLOAD_PARTS
}

function findWorkload(workloads: Workloads, world: World, { kind, namespace, name }: CaseQuery): Workload {
  const here = workloads.all.filter((one) => one.namespace === namespace);
  const wanted = kind?.toLowerCase().replace(/s$/, '');
  const found =
    here.find((one) => one.name === name && (wanted === undefined || one.kind.toLowerCase() === wanted)) ??
    ofPod(workloads, here, name) ??
    ofClaim(here, `${namespace}/${name}`) ??
    behindService(workloads, world, `${namespace}/${name}`);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    here.map((one) => one.name),
  );
  throw notFound(
    'no_such_workload',
    `Unable to diagnose "${name}": namespace ${namespace} has no workload, pod, Service or used claim of this name.`,
    near.length > 0
      ? `Near: ${near.join(', ')}.`
      : here.length > 0
        ? `It has: ${here
            .slice(0, 12)
            .map((one) => one.name)
            .join(', ')}.`
        : 'That namespace has no workloads: check its name.',
  );
}

const ofPod = (workloads: Workloads, here: readonly Workload[], name: string): Workload | undefined => {
  const pod = here.flatMap(({ pods }) => pods).find(({ metadata }) => metadata.name === name);
  return pod === undefined ? undefined : workloads.of(pod);
};

const ofClaim = (here: readonly Workload[], id: string): Workload | undefined =>
  here.find(({ namespace, spec, pods }) =>
    [spec, ...pods.map((pod) => pod.spec)].some((one) => claimsOf({ namespace, spec: one }).includes(id)),
  );

function behindService(workloads: Workloads, world: World, id: string): Workload | undefined {
  const services = world.part('services');
  const service = services.state === 'known' ? services.value.get(id) : undefined;
  if (service === undefined) return undefined;
  const [workload] = backendsOf(service, workloads)?.workloads ?? [];
  if (workload !== undefined) return workload;
  throw inputError(
    'service_without_workload',
    `Unable to diagnose Service ${id}: its selector matches no workload.`,
    'Compare its selector (cluster_get) with the labels of the pods it should reach.',
  );
}

function claimFacts(
  workload: Workload,
  claims: ReadonlyMap<string, Value<'persistentVolumeClaims'>> | undefined,
  events: readonly Value<'events'>[],
): readonly ClaimFact[] {
  if (claims === undefined) return [];
  const specs = [workload.spec, ...workload.pods.map(({ spec }) => spec)];
  const ids = new Set(specs.flatMap((spec) => claimsOf({ namespace: workload.namespace, spec })));
  return [...ids].map((id) => ({
    id,
    claim: claims.get(id),
    events: foldEvents(
      events.filter(
        ({ involvedObject: { kind, name, namespace } }) =>
          kind === 'PersistentVolumeClaim' && `${namespace ?? ''}/${name}` === id,
      ),
    ),
  }));
}

function serviceFacts(
  workload: Workload,
  workloads: Workloads,
  services: ReadonlyMap<string, Value<'services'>> | undefined,
  slices: ReadonlyMap<string, Value<'endpointSlices'>> | undefined,
): readonly ServiceFact[] {
  return [...(services?.values() ?? [])].flatMap((service) => {
    if (service.metadata.namespace !== workload.namespace) return [];
    const backends = backendsOf(service, workloads);
    if (backends === undefined || !backends.workloads.some(({ key }) => key === workload.key)) return [];
    return [{ ...backends, id: idOf(service.metadata), endpoints: endpointsOf(service, slices) }];
  });
}

function endpointsOf(
  service: Value<'services'>,
  slices: ReadonlyMap<string, Value<'endpointSlices'>> | undefined,
): ServiceFact['endpoints'] {
  if (slices === undefined) return undefined;
  const own = [...slices.values()].filter(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace &&
      metadata.labels['kubernetes.io/service-name'] === service.metadata.name,
  );
  const all = own.flatMap(({ endpoints }) => endpoints);
  return { ready: all.filter(({ conditions }) => conditions?.ready !== false).length, all: all.length };
}

const nodeLabels = ({ pods }: Workload): readonly string[] => [
  ...new Set(pods.flatMap(({ spec }) => (spec.nodeName === undefined ? [] : [`Node ${spec.nodeName}`]))),
];

function findingsAbout(results: readonly CheckResult[], labels: readonly string[]): readonly Finding[] {
  const wanted = new Set(labels);
  return results
    .flatMap(({ findings }) => findings)
    .filter(
      ({ target, evidence }) =>
        wanted.has(target) ||
        evidence.some((line) => labels.some((label) => label.includes('/') && line.includes(label))),
    );
}
