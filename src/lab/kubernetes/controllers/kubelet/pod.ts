import type { Condition, Container, ContainerStatus, Pod, PodStatus } from '../kinds.ts';
import { earliest, timestamp, withCondition } from '../support.ts';
import { stepContainer, waitingContainer } from './container.ts';
import { type ContainerContext, type ContainerStep, type EventDraft } from './container-status.ts';

export interface PodContext extends Omit<ContainerContext, 'completes' | 'restarts'> {
  readonly hostIp: string;
  readonly podIp: string;
  /** The volumes cannot be mounted (yet): containers wait. */
  readonly blocked: boolean;
}

export interface PodStep {
  readonly status: PodStatus;
  readonly events: readonly EventDraft[];
  readonly wakeAt: Date | undefined;
}

type Restarts = ContainerContext['restarts'];

const policyOf = ({ spec }: Pod): Restarts =>
  spec.restartPolicy === 'Never' || spec.restartPolicy === 'OnFailure' ? spec.restartPolicy : 'Always';

const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always';

const known = (statuses: readonly ContainerStatus[] | undefined, { name }: Container) =>
  statuses?.find((status) => status.name === name);

const isDone = (container: Container, status: ContainerStatus): boolean =>
  isSidecar(container) ? status.state.running !== undefined : status.state.terminated?.exitCode === 0;

interface Group {
  readonly steps: readonly ContainerStep[];
  readonly done: boolean;
}

/** Init containers one after the other; sidecars only have to be started. */
const stepInit = (context: PodContext): Group => {
  const { pod } = context;
  const policy = policyOf(pod);
  const steps: ContainerStep[] = [];
  let open = !context.blocked;
  for (const container of pod.spec.initContainers ?? []) {
    const before = known(pod.status?.initContainerStatuses, container);
    const inner: ContainerContext = {
      ...context,
      timing: { ...context.timing, jobMs: 0 },
      completes: !isSidecar(container),
      restarts: isSidecar(container) ? 'Always' : policy === 'Never' ? 'Never' : 'OnFailure',
    };
    const step = open
      ? stepContainer(inner, container, before)
      : { status: waitingContainer(container, before, 'PodInitializing'), events: [] };
    steps.push(step);
    open = open && isDone(container, step.status);
  }
  return { steps, done: open };
};

const stepMain = (context: PodContext, initialised: boolean): Group => {
  const { pod } = context;
  const restarts = policyOf(pod);
  const reason = (pod.spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const steps = pod.spec.containers.map((container): ContainerStep => {
    const before = known(pod.status?.containerStatuses, container);
    if (!initialised) return { status: waitingContainer(container, before, reason), events: [] };
    return stepContainer({ ...context, completes: restarts !== 'Always', restarts }, container, before);
  });
  return { steps, done: steps.every(({ status }) => status.state.terminated !== undefined) };
};

const statuses = ({ steps }: Group): readonly ContainerStatus[] => steps.map(({ status }) => status);

const phaseOf = (context: PodContext, init: Group, main: Group): string => {
  const failedInit = init.steps.some(
    ({ status }) => status.state.terminated !== undefined && status.state.terminated.exitCode !== 0,
  );
  if (failedInit && policyOf(context.pod) === 'Never') return 'Failed';
  if (main.done && main.steps.length > 0)
    return statuses(main).every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed';
  const begun = statuses(main).every(({ state, lastState }) => !state.waiting || lastState.terminated !== undefined);
  return init.done && begun ? 'Running' : 'Pending';
};

const names = (list: readonly ContainerStatus[]): string => `[${list.map(({ name }) => name).join(' ')}]`;

const readiness = (type: 'Ready' | 'ContainersReady', main: Group, phase: string): Condition => {
  if (phase === 'Succeeded' || phase === 'Failed')
    return { type, status: 'False', reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' };
  const unready = statuses(main).filter(({ ready }) => !ready);
  if (unready.length === 0) return { type, status: 'True' };
  return {
    type,
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: ${names(unready)}`,
  };
};

const initialised = (init: Group, phase: string): Condition => {
  if (init.done || phase === 'Succeeded')
    return { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' && { reason: 'PodCompleted' }) };
  const open = statuses(init).filter(({ state }) => state.terminated?.exitCode !== 0);
  const message = `containers with incomplete status: ${names(open)}`;
  return { type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized', message };
};

/** A condition is written anew: what it no longer says (reason, message) does not stay behind. */
const replace = (conditions: readonly Condition[], next: Condition, now: Date): readonly Condition[] => {
  const before = conditions.find(({ type }) => type === next.type);
  const kept = before && {
    type: before.type,
    status: before.status,
    ...(before.lastTransitionTime !== undefined && { lastTransitionTime: before.lastTransitionTime }),
    lastProbeTime: null,
  };
  const others = conditions.map((condition) => (condition === before && kept ? kept : condition));
  return withCondition(others, { lastProbeTime: null, ...next }, now);
};

const conditionsOf = (context: PodContext, init: Group, main: Group, phase: string): readonly Condition[] => {
  const wanted: Condition[] = [
    {
      type: 'PodReadyToStartContainers',
      status: context.blocked || phase === 'Succeeded' || phase === 'Failed' ? 'False' : 'True',
    },
    context.blocked && init.steps.length === 0 ? { type: 'Initialized', status: 'True' } : initialised(init, phase),
    readiness('Ready', main, phase),
    readiness('ContainersReady', main, phase),
    { type: 'PodScheduled', status: 'True' },
  ];
  return wanted.reduce(
    (conditions, condition) => replace(conditions, condition, context.now),
    context.pod.status?.conditions ?? [],
  );
};

/** One look at a pod on its node: the status that it has now, what happened, and when to look again. */
export const stepPod = (context: PodContext): PodStep => {
  const { pod, hostIp, podIp, blocked } = context;
  const init = stepInit(context);
  const main = stepMain(context, init.done);
  const phase = phaseOf(context, init, main);
  const steps = [...init.steps, ...main.steps];
  const ip = blocked && !pod.status?.podIP ? undefined : podIp;
  return {
    status: {
      ...pod.status,
      phase,
      startTime: pod.status?.startTime ?? timestamp(context.now),
      hostIP: hostIp,
      hostIPs: [{ ip: hostIp }],
      ...(ip !== undefined && { podIP: ip, podIPs: [{ ip }] }),
      conditions: conditionsOf(context, init, main, phase),
      ...(init.steps.length > 0 && { initContainerStatuses: statuses(init) }),
      containerStatuses: statuses(main),
    },
    events: steps.flatMap(({ events }) => events),
    wakeAt: phase === 'Succeeded' || phase === 'Failed' ? undefined : earliest(...steps.map(({ wakeAt }) => wakeAt)),
  };
};
