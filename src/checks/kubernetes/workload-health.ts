import * as z from 'zod';
import type { Node } from '../../world/kubernetes/cluster.ts';
import type { ContainerStatus, Pod } from '../../world/kubernetes/pod.ts';
import {
  indexWorkloads,
  isTerminal,
  WORKLOAD_PARTS,
  type Workload,
  type WorkloadParts,
} from '../../world/relations.ts';
import { isPodReady } from '../../world/scheduling.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, durationText, isOlderThan, minutesSince } from '../facts.ts';
import { lostNodes, lostUnder } from './lost-nodes.ts';

const DAY = 24 * 60;
const DRAIN_MINUTES = 60;

export default defineCheck({
  id: 'K04',
  title: 'Every workload has the pods it wants, and they stay up',
  severity: 'high',
  why: 'Desired against available is the only number that also notices pods which never came to be. What a change introduces is noted: the pods it starts need time.',
  needs: WORKLOAD_PARTS,
  wants: ['nodes'],
  params: z.strictObject({ minutes: z.int().positive().default(15), restarts: z.int().positive().default(10) }),
  introduced: 'note',
  evaluate(world, { params, now }) {
    const lost = lostNodes(world.nodes);
    const draining = [...(world.nodes?.values() ?? [])].some((node) => isDraining(node, now));
    return indexWorkloads(world).all.flatMap((workload): readonly FoundFault[] => {
      if (!JUDGED.has(workload.kind) || workload.desired === 0) return [];
      const pods = workload.pods.filter((each) => !isTerminal(each));
      const oom = killedForMemory(pods, now);
      const restarts = restarting(pods, params.restarts, now);
      const short = shortage(workload, world, params.minutes, { now, draining, lost });
      const [main, ...more] = [oom, restarts, short].filter((each) => each !== undefined);
      return main === undefined ? [] : [faultOf(workload, main, more)];
    });
  },
});

/** Jobs come and go; whether they succeed is another question. */
const JUDGED = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Pod']);

interface Trouble {
  readonly what: string;
  readonly evidence: readonly string[];
  readonly remedy: string;
}

function killedForMemory(pods: readonly Pod[], now: Date): Trouble | undefined {
  const killed = containers(pods).filter(({ status }) => {
    const last = status.lastState?.terminated ?? status.state?.terminated;
    return last?.reason === 'OOMKilled' && isWithinDay(last.finishedAt, now);
  });
  if (killed.length === 0) return undefined;
  return {
    what: 'is killed for using more memory than its limit (OOMKilled)',
    evidence: killed.map(({ pod, status }) => {
      const limit = pod.spec.containers.find(({ name }) => name === status.name)?.resources?.limits['memory'];
      return `pod ${pod.metadata.name}, container ${status.name}: OOMKilled, ${count(status.restartCount, 'restart')}, memory limit ${limit ?? 'none (the node ran out)'}`;
    }),
    remedy: 'Raise its memory limit if it needs that much, or find what makes it grow.',
  };
}

function restarting(pods: readonly Pod[], most: number, now: Date): Trouble | undefined {
  const often = containers(pods).filter(
    ({ status }) =>
      status.restartCount > most &&
      isWithinDay((status.lastState?.terminated ?? status.state?.terminated)?.finishedAt, now),
  );
  if (often.length === 0) return undefined;
  return {
    what: 'keeps restarting',
    evidence: often.map(({ pod, status }) => {
      const last = status.lastState?.terminated ?? status.state?.terminated;
      return `pod ${pod.metadata.name}, container ${status.name}: ${count(status.restartCount, 'restart')}, last exit code ${last?.exitCode ?? 'unknown'}`;
    }),
    remedy: 'Read the log of the previous start: it says why it ended.',
  };
}

function shortage(
  workload: Workload,
  world: WorkloadParts,
  minutes: number,
  { now, draining, lost }: { readonly now: Date; readonly draining: boolean; readonly lost: ReadonlySet<string> },
): Trouble | undefined {
  const available = availableOf(workload, world);
  if (available >= workload.desired || isRollingOut(workload, world)) return undefined;
  const since = shortSince(workload, world);
  if (!isOlderThan(since, minutes, now)) return undefined;
  if (draining && workload.pods.every((pod) => isPodReady(pod) || pod.spec.nodeName === undefined)) return undefined;
  const missing = workload.pods.filter((pod) => !isPodReady(pod));
  const gone = lostUnder(missing, lost);
  return {
    what: `has ${available} of ${count(workload.desired, 'wanted pod')}`,
    evidence: [
      `for ${durationText(minutesSince(since, now) ?? 0)} at least`,
      ...missing.slice(0, 5).map((pod) => stateOf(pod, lost)),
    ],
    remedy:
      gone.length > 0
        ? 'Bring back the node that its pods stand on: nothing tells that they are ill themselves.'
        : 'Look at the events of its pods, and of its ReplicaSet when there are none.',
  };
}

function availableOf({ part, id, pods }: Workload, world: WorkloadParts): number {
  const status =
    part === 'deployments'
      ? world.deployments.get(id)?.status.availableReplicas
      : part === 'statefulSets'
        ? world.statefulSets.get(id)?.status.availableReplicas
        : part === 'daemonSets'
          ? world.daemonSets.get(id)?.status.numberAvailable
          : undefined;
  return status ?? pods.filter(isPodReady).length;
}

/** A Deployment says itself that it is on its way; its controller gives up after the progress deadline. */
const isRollingOut = ({ part, id }: Workload, world: WorkloadParts): boolean =>
  part === 'deployments' &&
  (world.deployments.get(id)?.status.conditions ?? []).some(
    ({ type, status, reason }) => type === 'Progressing' && status === 'True' && reason !== 'NewReplicaSetAvailable',
  );

/** The oldest time that proves the shortage. */
function shortSince({ part, id, pods }: Workload, world: WorkloadParts): string | undefined {
  const conditions = part === 'deployments' ? (world.deployments.get(id)?.status.conditions ?? []) : [];
  const own = conditions
    .filter(({ type, status }) => status === (type === 'ReplicaFailure' ? 'True' : 'False') && SHORT.has(type))
    .map(({ lastTransitionTime }) => lastTransitionTime);
  const fromPods = pods
    .filter((pod) => !isTerminal(pod) && !isPodReady(pod))
    .map(
      ({ status, metadata }) =>
        status.conditions.find(({ type, status }) => type === 'Ready' && status === 'False')?.lastTransitionTime ??
        metadata.creationTimestamp,
    );
  return [...own, ...fromPods].filter((time) => time !== undefined).sort()[0];
}

const SHORT = new Set(['Available', 'Progressing', 'ReplicaFailure']);

/** Its cordon is young: what waits for a place now belongs to the maintenance. */
const isDraining = ({ spec }: Node, now: Date): boolean =>
  spec.unschedulable &&
  spec.taints.some(
    ({ key, timeAdded }) =>
      key === 'node.kubernetes.io/unschedulable' &&
      (minutesSince(timeAdded, now) ?? Number.POSITIVE_INFINITY) <= DRAIN_MINUTES,
  );

function stateOf({ metadata, status, spec }: Pod, lost: ReadonlySet<string>): string {
  if (lost.has(spec.nodeName ?? '')) return `pod ${metadata.name}: on ${spec.nodeName ?? ''}, which is not ready`;
  const waiting = status.containerStatuses
    .map(({ state }) => state?.waiting?.reason)
    .find((reason) => reason !== undefined);
  const unscheduled = status.conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  return `pod ${metadata.name}: ${waiting ?? unscheduled?.reason ?? status.reason ?? status.phase}`;
}

const containers = (pods: readonly Pod[]): readonly { readonly pod: Pod; readonly status: ContainerStatus }[] =>
  pods.flatMap((pod) => pod.status.containerStatuses.map((status) => ({ pod, status })));

const isWithinDay = (time: string | undefined, now: Date): boolean =>
  (minutesSince(time, now) ?? Number.POSITIVE_INFINITY) <= DAY;

function faultOf({ key, part, id }: Workload, main: Trouble, more: readonly Trouble[]): FoundFault {
  return {
    target: key,
    subject: { part, id },
    message: `${[main, ...more].map(({ what }, index) => (index === 0 ? `${key} ${what}` : what)).join(' and ')}.`,
    evidence: [main, ...more].flatMap(({ evidence }) => evidence),
    remedy: main.remedy,
    fingerprint: `K04:${key}`,
    lessons: ['k8s-monitor-what-should-exist'],
  };
}
