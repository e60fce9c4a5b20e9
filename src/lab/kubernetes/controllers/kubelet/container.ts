import type { Container, ContainerState, ContainerStatus, Pod } from '../kinds.ts';
import { after, earliest, MINUTE, SECOND, safeHash, timestamp } from '../support.ts';
import { pullImage } from './container-pull.ts';
import {
  blank,
  type ContainerContext,
  type ContainerStep,
  imageId,
  keyOf,
  normal,
  waiting,
  warning,
} from './container-status.ts';
import { endingOf, findImage, type Image } from './images.ts';

const LONGEST_BACKOFF = 5 * MINUTE;
const FORGIVEN_AFTER = 10 * MINUTE;

const podText = ({ metadata }: Pod): string => `${metadata.name}_${metadata.namespace}(${metadata.uid})`;

const start = (
  context: ContainerContext,
  container: Container,
  before: ContainerStatus,
  restart: boolean,
): ContainerStep => {
  const error = context.configError(container);
  if (error !== undefined) {
    const known = before.state.waiting?.message === error;
    const status = waiting(before, 'CreateContainerConfigError', error);
    return { status, events: known ? [] : [warning('Failed', `Error: ${error}`)] };
  }
  const pull = pullImage(context, container, before);
  if ('step' in pull) return pull.step;
  const restartCount = before.restartCount + (restart ? 1 : 0);
  const startedAt = timestamp(context.now);
  const status: ContainerStatus = {
    ...before,
    imageID: imageId(container.image),
    containerID: `containerd://${Buffer.from(safeHash(`${keyOf(context, container)}/${restartCount}`, 32)).toString('hex')}`,
    restartCount,
    started: true,
    ready: false,
    state: { running: { startedAt } },
  };
  const events = [
    ...pull.events,
    normal('Created', `Created container: ${container.name}`),
    normal('Started', `Started container ${container.name}`),
  ];
  const next = stepRunning(context, container, status, startedAt);
  return { ...next, events: [...events, ...next.events] };
};

const endState = (
  startedAt: string,
  endAt: Date,
  exitCode: number,
  reason: string,
  containerID: string | undefined,
) => ({
  exitCode,
  reason,
  startedAt,
  finishedAt: timestamp(endAt),
  ...(containerID !== undefined && { containerID }),
});

const isReadyAt = (image: Image, context: ContainerContext, startedAt: string): Date | undefined => {
  if (image.behaviour.kind === 'run' && !image.behaviour.ready) return undefined;
  return after(startedAt, image.startupMs + context.timing.startMs);
};

const stepRunning = (
  context: ContainerContext,
  container: Container,
  before: ContainerStatus,
  startedAt: string,
): ContainerStep => {
  const { images, architecture, completes, timing, now } = context;
  const image = findImage(images, container.image);
  const ending = endingOf(image, container, architecture, completes ? { runMs: timing.jobMs } : undefined);
  const endAt = ending && after(startedAt, ending.afterMs);
  if (ending && endAt && endAt <= now) {
    const terminated = endState(startedAt, endAt, ending.exitCode, ending.reason, before.containerID);
    return stepEnded(context, container, { ...before, ready: false, started: false, state: { terminated } });
  }
  const readyAt = isReadyAt(image, context, startedAt);
  const ready = readyAt !== undefined && readyAt <= now && ending?.neverReady !== true;
  return {
    status: { ...before, ready },
    events: [],
    wakeAt: earliest(endAt, readyAt && readyAt > now ? readyAt : undefined),
  };
};

/** 10 s after the second end, doubled with each, five minutes at most; the first restart comes at once. */
const restartAt = (restartCount: number, startedAt: string, finishedAt: string): { at: Date; delayMs: number } => {
  const ranLong = +new Date(finishedAt) - +new Date(startedAt) > FORGIVEN_AFTER;
  const delayMs = restartCount === 0 || ranLong ? 0 : Math.min(10 * SECOND * 2 ** (restartCount - 1), LONGEST_BACKOFF);
  return { at: after(finishedAt, delayMs), delayMs };
};

const delayText = (ms: number): string => {
  const minutes = Math.floor(ms / MINUTE);
  return `${minutes > 0 ? `${minutes}m` : ''}${(ms % MINUTE) / SECOND}s`;
};

const stepEnded = (context: ContainerContext, container: Container, before: ContainerStatus): ContainerStep => {
  const inBackoff = before.state.waiting?.reason === 'CrashLoopBackOff';
  const last: ContainerState['terminated'] = before.state.terminated ?? before.lastState.terminated;
  const restarts =
    context.restarts === 'Always' || (context.restarts === 'OnFailure' && last !== undefined && last.exitCode !== 0);
  if (!last || !restarts) return { status: before, events: [] };
  const { at, delayMs } = restartAt(before.restartCount, last.startedAt, last.finishedAt);
  const ended = { ...before, lastState: { terminated: last } };
  if (at <= context.now) return start(context, container, ended, true);
  const message = `back-off ${delayText(delayMs)} restarting failed container=${container.name} pod=${podText(context.pod)}`;
  const backOff = `Back-off restarting failed container ${container.name} in pod ${podText(context.pod)}`;
  return {
    status: waiting(ended, 'CrashLoopBackOff', message),
    events: inBackoff ? [] : [warning('BackOff', backOff)],
    wakeAt: at,
  };
};

/** One look at a container: what it is now, what happened, and when to look again. */
export const stepContainer = (
  context: ContainerContext,
  container: Container,
  known: ContainerStatus | undefined,
): ContainerStep => {
  const before = known ? { ...known, image: container.image } : blank(container);
  const { running, terminated, waiting: idle } = before.state;
  if (running) return stepRunning(context, container, before, running.startedAt);
  if (terminated || idle?.reason === 'CrashLoopBackOff') return stepEnded(context, container, before);
  return start(context, container, before, before.lastState.terminated !== undefined);
};

/** The status of a container that has to wait for something else first. */
export const waitingContainer = (
  container: Container,
  known: ContainerStatus | undefined,
  reason: 'ContainerCreating' | 'PodInitializing',
): ContainerStatus =>
  known?.state.running || known?.state.terminated ? known : waiting(known ?? blank(container), reason);
