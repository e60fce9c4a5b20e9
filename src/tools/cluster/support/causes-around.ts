import { isReady } from '../../../world/scheduling.ts';
import type { Case } from './case.ts';
import { matching, podsWith, quote, type Rule, when } from './cause.ts';
import { podState } from './pod-state.ts';

export const nodeDown: Rule = (seen) => {
  const down = [...new Set(seen.workload.pods.flatMap(({ spec }) => spec.nodeName ?? []))].filter((name) => {
    const node = seen.nodes?.get(name);
    return node !== undefined && !isReady(node);
  });
  return when(down.length > 0, () => ({
    weight: 97,
    title: `its node is not ready: ${down.join(', ')}`,
    evidence: seen.workload.pods
      .filter(({ spec }) => down.includes(spec.nodeName ?? ''))
      .map(({ metadata, spec }) => `Pod ${metadata.name} is on ${spec.nodeName ?? '?'}`),
    remedy: 'Bring the node back first; pods with volumes do not move before it is known to be off.',
    words: 'node NotReady',
  }));
};

export const refusedPods: Rule = (seen) => {
  const conditions = seen.replicaSets
    .filter(({ spec }) => spec.replicas > 0)
    .flatMap(({ metadata, status }) =>
      status.conditions
        .filter(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True')
        .map(({ message }) => `ReplicaSet ${metadata.name}: ${message ?? ''}`),
    );
  const events = matching(seen, ['FailedCreate']);
  const evidence = [...conditions, ...quote(events)];
  const text = evidence.join(' ');
  const why = text.includes('PodSecurity')
    ? 'PodSecurity forbids them'
    : text.includes('quota')
      ? 'a quota is used up'
      : 'the API server refuses them';
  return when(evidence.length > 0 && seen.workload.pods.length < Math.max(1, seen.workload.desired), () => ({
    weight: 96,
    title: `its pods cannot be created: ${why}`,
    evidence,
    remedy: text.includes('PodSecurity')
      ? 'Make the pod template meet the level of the namespace, or set the level that its pods need (cluster_label on the Namespace).'
      : 'Correct what the message names.',
    words: text.includes('PodSecurity') ? 'violates PodSecurity FailedCreate ReplicaSet' : 'FailedCreate',
  }));
};

export const claimsMissing: Rule = (seen) =>
  seen.claims
    .filter(({ claim }) => claim?.status.phase !== 'Bound')
    .map(({ id, claim, events }) => ({
      weight: 95,
      title:
        claim === undefined
          ? `its volume claim ${id} does not exist`
          : `its volume claim ${id} is ${claim.status.phase}`,
      evidence: [
        ...(claim === undefined ? [] : [`storage class ${claim.spec.storageClassName ?? '(default)'}`]),
        ...quote(events),
      ],
      remedy:
        claim === undefined
          ? 'Create the claim, or correct its name in the pod template.'
          : 'Look at the storage class and its provisioner.',
      words: 'PersistentVolumeClaim Pending ProvisioningFailed',
    }));

export const volumesFail: Rule = (seen) => {
  const events = matching(seen, ['FailedMount', 'FailedAttachVolume', 'FailedMapVolume']);
  return when(events.length > 0, () => ({
    weight: 88,
    title: 'a volume cannot be attached or mounted',
    evidence: quote(events),
    remedy:
      'Look at what the message names: a missing Secret or ConfigMap, a volume still attached elsewhere, or the CSI driver on that node.',
    words: events.map(({ reason, message }) => `${reason} ${message}`).join(' '),
  }));
};

export const cannotSchedule: Rule = (seen) => {
  const stuck = seen.workload.pods.flatMap(({ metadata, status }) =>
    status.conditions
      .filter(
        ({ type, status: is, reason }) => type === 'PodScheduled' && is === 'False' && reason !== 'SchedulingGated',
      )
      .map(({ message }) => `${metadata.name}: ${message ?? 'Unschedulable'}`),
  );
  return when(stuck.length > 0, () => ({
    weight: seen.claims.some(({ claim }) => claim?.status.phase !== 'Bound') ? 60 : 92,
    title: 'no node takes its pods',
    evidence: stuck,
    remedy:
      'Compare requests, selectors, affinity and tolerations with the nodes (cluster_list Node); uncordon or free a node.',
    words: `FailedScheduling ${stuck[0] ?? ''}`,
  }));
};

export const evicted: Rule = (seen) => {
  const pods = podsWith(seen, 'Evicted');
  return when(pods.length > 0 || matching(seen, ['Evicted']).length > 0, () => ({
    weight: 70,
    title: 'its pods were evicted, mostly for want of disk or memory on the node',
    evidence: [...pods.slice(0, 3).map((name) => `Pod ${name} was evicted`), ...quote(matching(seen, ['Evicted']))],
    remedy: 'Free the node (cluster_list Node shows pressure), then delete the evicted pods.',
    words: 'Evicted ephemeral-storage DiskPressure',
  }));
};

/** The audit has said it already, and better. */
const isFound = ({ findings }: Case, target: string): boolean => findings.some((finding) => finding.target === target);

export const noEndpoints: Rule = (seen) =>
  seen.services
    .filter(
      ({ id, endpoints }) => endpoints?.ready === 0 && seen.workload.desired > 0 && !isFound(seen, `Service ${id}`),
    )
    .map(({ id, pods, endpoints }) => ({
      // Without ready pods it only follows from another cause.
      weight: pods.some((pod) => podState(pod).healthy) ? 86 : 30,
      title: `Service ${id} has no ready endpoint`,
      evidence: [`${endpoints?.all ?? 0} endpoints, none ready`, `its selector matches ${pods.length} pods`],
      remedy: 'Make its pods ready; if they are, compare selector and ports.',
      words: 'Service no endpoints 502',
    }));

export const stopped: Rule = (seen) =>
  when(seen.workload.desired === 0 && seen.workload.kind !== 'Pod', () => ({
    weight: 55,
    title: 'it is scaled to zero, suspended or finished',
    evidence: [`${seen.workload.key} wants 0 pods`],
    remedy: 'If it should run: cluster_scale.',
    words: 'scaled to zero',
  }));

export const paused: Rule = (seen) => {
  const deployment = seen.workload.kind === 'Deployment' ? seen.parts.deployments.get(seen.workload.id) : undefined;
  const stuck = deployment?.status.conditions.find(({ type, status }) => type === 'Progressing' && status === 'False');
  return [
    ...when(deployment?.spec.paused === true, () => ({
      weight: 58,
      title: 'its rollout is paused',
      evidence: ['spec.paused is true'],
      remedy: 'Set spec.paused to false (cluster_patch).',
      words: 'Deployment paused',
    })),
    ...when(stuck !== undefined, () => ({
      weight: 40,
      title: 'its rollout does not get on',
      evidence: [`${stuck?.reason ?? ''}: ${stuck?.message ?? ''}`],
      remedy: 'Correct the new template, or cluster_rollback.',
      words: 'ProgressDeadlineExceeded',
    })),
  ];
};

/** Below the rules above: a check often says that something is wrong, and a rule why. */
const SEVERITY_WEIGHT = { critical: 91, high: 66, medium: 48, low: 30 } as const;

export const audited: Rule = ({ findings }) =>
  findings
    .filter(({ unknown }) => unknown !== true)
    .map(({ check, severity, target, message, evidence, remedy }) => ({
      weight: SEVERITY_WEIGHT[severity],
      title: `${check}: ${message.replace(/\.$/, '')}${message.includes(target) ? '' : ` (${target})`}`,
      evidence: evidence.slice(0, 5),
      remedy,
      words: message,
    }));
