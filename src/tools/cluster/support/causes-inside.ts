import type { Case } from './case.ts';
import {
  lastWords,
  matching,
  podsWith,
  quote,
  type Rule,
  terminationMessages,
  terminations,
  waiting,
  when,
} from './cause.ts';
import { lastTerminations, podState } from './pod-state.ts';

export const wrongArchitecture: Rule = (seen) => {
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

/** No log says so, but only the pods on one kind of processor fail while those on another run. */
export const oneArchitectureFails: Rule = (seen) => {
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

export const outOfMemory: Rule = (seen) => {
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

export const badImage: Rule = (seen) => {
  const evidence = waiting(seen, ['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull']);
  return when(evidence.length > 0, () => ({
    weight: 93,
    title: 'its image cannot be pulled',
    evidence: [...evidence, ...quote(matching(seen, ['Failed'], /image/i))],
    remedy: 'Correct image name, tag or pull secret.',
    words: 'ImagePullBackOff ErrImagePull',
  }));
};

export const badConfig: Rule = (seen) => {
  const evidence = waiting(seen, ['CreateContainerConfigError', 'CreateContainerError']);
  return when(evidence.length > 0, () => ({
    weight: 93,
    title: 'its configuration refers to something that is not there',
    evidence,
    remedy: 'Create the Secret, ConfigMap or key that the message names, or correct the reference.',
    words: 'CreateContainerConfigError secret configmap not found',
  }));
};

export const crashing: Rule = (seen) => {
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

export const failingProbe: Rule = (seen) => {
  const events = matching(seen, ['Unhealthy']);
  return when(events.length > 0, () => ({
    weight: 72,
    title: 'its probe fails',
    evidence: quote(events),
    remedy: 'Compare port and path of the probe with what the container serves; give a slow start a startupProbe.',
    words: 'Unhealthy probe failed',
  }));
};
