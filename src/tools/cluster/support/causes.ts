import { isReady } from '../../../world/scheduling.ts';
import type { Case } from './case.ts';
import type { FoldedEvent } from './events.ts';
import { lastTerminations, podState } from './pod-state.ts';

/** One probable cause. `title` and `remedy` are our words, `evidence` quotes the cluster. */
export interface Cause {
  /** 0..100: how sure, and how near to the root. */
  readonly weight: number;
  readonly title: string;
  readonly evidence: readonly string[];
  readonly remedy: string;
  /** Words to ask the lessons with. */
  readonly words: string;
}

type Rule = (seen: Case) => readonly Cause[];

const MAX_CAUSES = 5;

/** All causes that the facts point to, the likeliest first. Fixed rules: the same facts give the same answer. */
export function causesOf(seen: Case): readonly Cause[] {
  return RULES.flatMap((rule) => rule(seen))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MAX_CAUSES);
}

const when = (condition: boolean, cause: () => Cause): readonly Cause[] => (condition ? [cause()] : []);

const matching = (seen: Case, reasons: readonly string[], text?: RegExp): readonly FoldedEvent[] =>
  seen.events.filter(({ reason, message }) => reasons.includes(reason) && (text === undefined || text.test(message)));

const quote = (events: readonly FoldedEvent[]): readonly string[] =>
  events
    .slice(0, 3)
    .map(({ reason, object, count, message }) => `event ${reason} on ${object} (x${count}): ${message}`);

const podsWith = (seen: Case, ...statuses: readonly string[]): readonly string[] =>
  seen.workload.pods
    .filter((pod) => statuses.some((status) => podState(pod).status.endsWith(status)))
    .map(({ metadata }) => metadata.name);

/** Waiting reasons with their messages, per container. */
const waiting = (seen: Case, reasons: readonly string[]): readonly string[] =>
  seen.workload.pods.flatMap(({ metadata, status }) =>
    [...status.initContainerStatuses, ...status.containerStatuses].flatMap(({ name, state }) =>
      state?.waiting?.reason !== undefined && reasons.includes(state.waiting.reason)
        ? [
            `${metadata.name}/${name}: ${state.waiting.reason}${state.waiting.message === undefined ? '' : `: ${state.waiting.message}`}`,
          ]
        : [],
    ),
  );

const terminations = (seen: Case) =>
  seen.workload.pods.flatMap((pod) => lastTerminations(pod).map((one) => ({ ...one, pod: pod.metadata.name })));

const nodeDown: Rule = (seen) => {
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

const refusedPods: Rule = (seen) => {
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

const claimsMissing: Rule = (seen) =>
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

const volumesFail: Rule = (seen) => {
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

const cannotSchedule: Rule = (seen) => {
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

const badImage: Rule = (seen) => {
  const evidence = waiting(seen, ['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull']);
  return when(evidence.length > 0, () => ({
    weight: 93,
    title: 'its image cannot be pulled',
    evidence: [...evidence, ...quote(matching(seen, ['Failed'], /image/i))],
    remedy: 'Correct image name, tag or pull secret.',
    words: 'ImagePullBackOff ErrImagePull',
  }));
};

const wrongArchitecture: Rule = (seen) => {
  const texts = [
    ...terminationMessages(seen),
    ...lastWords(seen),
    ...quote(seen.events.filter(({ message }) => /exec format error/i.test(message))),
    ...waiting(seen, ['CrashLoopBackOff', 'RunContainerError', 'StartError']),
  ];
  const evidence = texts.filter((text) => /exec format error/i.test(text));
  return when(evidence.length > 0, () => ({
    weight: 98,
    title: 'its image is for another processor architecture than its node',
    evidence: [...evidence, ...architectures(seen)],
    remedy: 'Set nodeSelector kubernetes.io/arch in the pod template, or use an image for both architectures.',
    words: 'exec format error arm64 amd64',
  }));
};

const lastWords = ({ lastWords: said }: Case): readonly string[] =>
  said === undefined ? [] : said.lines.map((line) => `log of ${said.pod}/${said.container}: ${line}`);

const terminationMessages = (seen: Case): readonly string[] =>
  seen.workload.pods.flatMap(({ metadata, status }) =>
    [...status.initContainerStatuses, ...status.containerStatuses].flatMap(({ name, state, lastState }) =>
      [state?.terminated?.message, lastState?.terminated?.message].flatMap((message) =>
        message === undefined ? [] : [`${metadata.name}/${name}: ${message}`],
      ),
    ),
  );

/** No log says so, but only the pods on one kind of processor fail while those on another run. */
const oneArchitectureFails: Rule = (seen) => {
  const arch = (node: string | undefined): string => seen.nodes?.get(node ?? '')?.status.nodeInfo?.architecture ?? '';
  const { fails = [], runs = [] } = Object.groupBy(seen.workload.pods, (pod) =>
    podState(pod).healthy ? 'runs' : 'fails',
  );
  const failing = new Set(
    fails.filter((pod) => lastTerminations(pod).length > 0).map(({ spec }) => arch(spec.nodeName)),
  );
  const running = new Set(runs.map(({ spec }) => arch(spec.nodeName)));
  const [only] = failing;
  const isOdd = only !== undefined && only !== '' && failing.size === 1 && running.size > 0 && !running.has(only);
  return when(isOdd, () => ({
    weight: 85,
    title: `it fails on ${only ?? ''} nodes only: its image is hardly built for them`,
    evidence: [`fails on ${only ?? ''}`, `runs on ${[...running].join(', ')}`],
    remedy: 'Set nodeSelector kubernetes.io/arch in the pod template, or use an image for both architectures.',
    words: 'exec format error arm64 amd64 architecture',
  }));
};

const architectures = ({ workload, nodes }: Case): readonly string[] => {
  const failing = workload.pods.filter((pod) => !podState(pod).healthy);
  return [...new Set(failing.flatMap(({ spec }) => spec.nodeName ?? []))].map(
    (name) => `Node ${name} is ${nodes?.get(name)?.status.nodeInfo?.architecture ?? 'of unknown architecture'}`,
  );
};

const outOfMemory: Rule = (seen) => {
  const killed = terminations(seen).filter(({ reason }) => reason === 'OOMKilled');
  const limits = seen.workload.spec.containers.map(
    ({ name, resources }) => `${name}: memory limit ${resources?.limits['memory'] ?? 'none'}`,
  );
  return when(killed.length > 0, () => ({
    weight: 94,
    title: 'a container needs more memory than its limit',
    evidence: [
      ...killed.slice(0, 3).map(({ pod, container, exitCode }) => `${pod}/${container}: OOMKilled, exit ${exitCode}`),
      ...limits,
    ],
    remedy: 'Raise the memory limit, or find out what grew (cluster_logs with previous).',
    words: 'OOMKilled memory limit exit 137',
  }));
};

const badConfig: Rule = (seen) => {
  const evidence = waiting(seen, ['CreateContainerConfigError', 'CreateContainerError']);
  return when(evidence.length > 0, () => ({
    weight: 93,
    title: 'its configuration refers to something that is not there',
    evidence,
    remedy: 'Create the Secret, ConfigMap or key that the message names, or correct the reference.',
    words: 'CreateContainerConfigError secret configmap not found',
  }));
};

const crashing: Rule = (seen) => {
  const looping = podsWith(seen, 'CrashLoopBackOff', 'Error');
  const ends = terminations(seen).filter(({ reason }) => reason !== 'OOMKilled' && reason !== 'Completed');
  const isExplained = ends.length === 0 && terminations(seen).length > 0;
  return when(looping.length > 0 && !isExplained, () => ({
    weight: 80,
    title: `its container ends right after the start${ends[0] === undefined ? '' : ` (exit ${ends[0].exitCode})`}`,
    evidence: [
      ...ends
        .slice(0, 3)
        .map(({ pod, container, reason, exitCode }) => `${pod}/${container}: ${reason}, exit ${exitCode}`),
      ...terminationMessages(seen).slice(0, 2),
      ...lastWords(seen).slice(-3),
    ],
    remedy: `Read why: cluster_logs {namespace: "${seen.workload.namespace}", name: "${looping[0] ?? ''}", previous: true}.`,
    words: `CrashLoopBackOff ${ends[0]?.reason ?? ''} exit ${ends[0]?.exitCode ?? ''}`,
  }));
};

const failingProbe: Rule = (seen) => {
  const events = matching(seen, ['Unhealthy']);
  return when(events.length > 0, () => ({
    weight: 72,
    title: 'its probe fails',
    evidence: quote(events),
    remedy: 'Compare port and path of the probe with what the container serves; give a slow start a startupProbe.',
    words: 'Unhealthy probe failed',
  }));
};

const evicted: Rule = (seen) => {
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

const noEndpoints: Rule = (seen) =>
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

const stopped: Rule = (seen) =>
  when(seen.workload.desired === 0 && seen.workload.kind !== 'Pod', () => ({
    weight: 55,
    title: 'it is scaled to zero, suspended or finished',
    evidence: [`${seen.workload.key} wants 0 pods`],
    remedy: 'If it should run: cluster_scale.',
    words: 'scaled to zero',
  }));

const paused: Rule = (seen) => {
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

const audited: Rule = ({ findings }) =>
  findings
    .filter(({ unknown }) => unknown !== true)
    .map(({ check, severity, target, message, evidence, remedy }) => ({
      weight: SEVERITY_WEIGHT[severity],
      title: `${check}: ${message.replace(/\.$/, '')}${message.includes(target) ? '' : ` (${target})`}`,
      evidence: evidence.slice(0, 5),
      remedy,
      words: message,
    }));

const RULES: readonly Rule[] = [
  nodeDown,
  wrongArchitecture,
  oneArchitectureFails,
  refusedPods,
  claimsMissing,
  outOfMemory,
  badImage,
  badConfig,
  cannotSchedule,
  volumesFail,
  crashing,
  failingProbe,
  evicted,
  noEndpoints,
  paused,
  stopped,
  audited,
];
