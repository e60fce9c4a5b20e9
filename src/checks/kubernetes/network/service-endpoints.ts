import * as z from 'zod';
import type { EndpointSlice } from '../../../world/kubernetes/network.ts';
import { push } from '../../../world/labels.ts';
import type { Workload, Workloads } from '../../../world/relations.ts';
import { idOf, indexWorkloads, WORKLOAD_PARTS } from '../../../world/relations.ts';
import { type Backends, backendsOf } from '../../../world/services.ts';
import { defineCheck, type FoundFault } from '../../define.ts';
import { count, durationText, enumerate, minutesSince } from '../../facts.ts';
import { lostNodes, lostUnder } from '../lost-nodes.ts';

const SERVICE_LABEL = 'kubernetes.io/service-name';

export default defineCheck({
  id: 'K02',
  title: 'Every Service has a ready endpoint',
  severity: 'high',
  why: 'A Service without endpoints answers nobody, and alerts on existing pods stay silent. A change that leaves one behind is noted, since its pods may still be starting.',
  needs: ['services', 'endpointSlices', ...WORKLOAD_PARTS],
  wants: ['nodes'],
  params: z.strictObject({ minutes: z.int().positive().default(10) }),
  introduced: 'note',
  evaluate(world, { params, now }) {
    const workloads = indexWorkloads(world);
    const lost = lostNodes(world.nodes);
    const ready = readyEndpoints(world.endpointSlices.values());
    return [...world.services.values()].flatMap((service): readonly FoundFault[] => {
      const backends = backendsOf(service, workloads);
      if (backends === undefined || (ready.get(idOf(service.metadata)) ?? 0) > 0) return [];
      const wanting = backends.workloads.filter(({ desired }) => desired > 0);
      if (isAsleep(backends) || wanting.some(({ kind }) => kind === 'Job' || kind === 'CronJob')) return [];
      const minutes = minutesWithout(backends, wanting, workloads, world.deployments, now);
      if (minutes === undefined || minutes <= params.minutes) return [];
      return [faultOf(backends, wanting, { minutes, lost })];
    });
  },
});

/** Ready endpoints of each Service, by its key. `null` readiness counts as ready, as the API says. */
function readyEndpoints(slices: Iterable<EndpointSlice>): ReadonlyMap<string, number> {
  const found = new Map<string, EndpointSlice[]>();
  for (const slice of slices)
    push(found, `${slice.metadata.namespace ?? ''}/${slice.metadata.labels[SERVICE_LABEL] ?? ''}`, slice);
  const readyIn = ({ endpoints }: EndpointSlice): number =>
    endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
  return new Map([...found].map(([id, own]) => [id, own.reduce((sum, slice) => sum + readyIn(slice), 0)]));
}

/** Scaled to zero or suspended on purpose: there is something behind it, and none of it wants a pod now. */
const isAsleep = ({ workloads }: Backends): boolean =>
  workloads.length > 0 && workloads.every(({ desired }) => desired === 0);

/** How long there has certainly been no ready endpoint; `undefined` when no time tells. */
function minutesWithout(
  { service, pods }: Backends,
  wanting: readonly Workload[],
  workloads: Workloads,
  deployments: ReadonlyMap<
    string,
    {
      readonly status: {
        readonly conditions: readonly {
          readonly type: string;
          readonly status: string;
          readonly lastTransitionTime?: string | undefined;
        }[];
      };
    }
  >,
  now: Date,
): number | undefined {
  const times = wanting.flatMap((workload) => {
    const down = deployments
      .get(workload.part === 'deployments' ? workload.id : '')
      ?.status.conditions.find(({ type, status }) => type === 'Available' && status === 'False');
    if (down !== undefined) return [down.lastTransitionTime];
    const own = pods.filter((pod) => workloads.of(pod) === workload);
    if (own.length === 0) return [workload.metadata.creationTimestamp];
    return own.map(
      ({ status, metadata }) =>
        status.conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? metadata.creationTimestamp,
    );
  });
  const ages = [service.metadata.creationTimestamp, ...times].map((time) => minutesSince(time, now));
  return ages.every((age) => age !== undefined) ? Math.min(...ages) : undefined;
}

function faultOf(
  { service, pods, workloads }: Backends,
  wanting: readonly Workload[],
  { minutes, lost }: { readonly minutes: number; readonly lost: ReadonlySet<string> },
): FoundFault {
  const id = idOf(service.metadata);
  const selector = Object.entries(service.spec.selector).map((pair) => pair.join('='));
  const isEmpty = workloads.length === 0;
  const gone = lostUnder(pods, lost);
  return {
    target: `Service ${id}`,
    subject: { part: 'services', id },
    severity: isEmpty ? 'medium' : 'high',
    message: isEmpty
      ? `Service ${id} selects nothing: no pod and no workload carries ${selector.join(', ')}.`
      : `Service ${id} has had no ready endpoint for ${durationText(minutes)}.`,
    evidence: [
      `selector: ${selector.join(', ')}`,
      `${count(pods.length, 'matching pod')}, none of them ready${gone.length > 0 ? `: on ${enumerate(gone)}, which ${gone.length === 1 ? 'is' : 'are'} not ready` : ''}`,
      ...wanting.map(({ key, desired }) => `${key} wants ${count(desired, 'pod')}`),
    ],
    remedy: isEmpty
      ? 'Correct the selector, or delete the Service if its application is gone.'
      : gone.length > 0
        ? 'Bring back the node that its pods stand on: nothing tells that they are ill themselves.'
        : `Find out why the pods of ${enumerate(wanting.map(({ key }) => key))} are not ready: their events and the logs of the last start tell.`,
    fingerprint: `K02:${id}`,
    lessons: ['k8s-monitor-what-should-exist'],
  };
}
