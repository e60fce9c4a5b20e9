import type { Container, ContainerState, ContainerStatus, Pod } from '../kinds.ts';
import { after, earliest, MINUTE, SECOND, safeHash, timestamp } from '../support.ts';
import { endingOf, findImage, type Image, type ImageTable, parseImage, pullError } from './images.ts';

export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What the kubelet remembers between two looks at a pod; nothing of it is in the API. */
export interface KubeletMemory {
  /** `node/image` of every image that was pulled. */
  readonly pulled: Set<string>;
  /** Container -> pulls that failed and when to try again. */
  readonly pulls: Map<string, { attempts: number; failedAt: Date; nextAt: Date }>;
  /** Container -> since when its image is being pulled. */
  readonly pulling: Map<string, Date>;
}

export interface KubeletTiming {
  /** A pull of an image that the node has not got. */
  readonly pullMs: number;
  /** Added to the startup of every image. */
  readonly startMs: number;
  /** From the request to end until a pod is gone; never longer than its grace. */
  readonly stopMs: number;
  /** How long a pod of a Job runs whose image says nothing else. */
  readonly jobMs: number;
}

export interface ContainerContext {
  readonly now: Date;
  readonly pod: Pod;
  readonly node: string;
  readonly architecture: string;
  readonly images: ImageTable;
  readonly timing: KubeletTiming;
  readonly memory: KubeletMemory;
  /** Why a container cannot be made of its configuration (a ConfigMap that is not there). */
  configError(container: Container): string | undefined;
  /** It ends by itself: init containers and pods of Jobs. */
  readonly completes: boolean;
  readonly restarts: 'Always' | 'OnFailure' | 'Never';
}

export interface ContainerStep {
  readonly status: ContainerStatus;
  readonly events: readonly EventDraft[];
  readonly wakeAt?: Date | undefined;
}

const LONGEST_BACKOFF = 5 * MINUTE;
const FORGIVEN_AFTER = 10 * MINUTE;
/** `ErrImagePull` is what a failed pull says at first; soon it is `ImagePullBackOff`. */
const FRESH_PULL_ERROR = SECOND;

const normal = (reason: string, message: string): EventDraft => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): EventDraft => ({ type: 'Warning', reason, message });

const blank = (container: Container): ContainerStatus => ({
  name: container.name,
  image: container.image,
  imageID: '',
  ready: false,
  started: false,
  restartCount: 0,
  state: { waiting: { reason: 'ContainerCreating' } },
  lastState: {},
});

const waiting = (status: ContainerStatus, reason: string, message?: string): ContainerStatus => ({
  ...status,
  ready: false,
  started: false,
  state: { waiting: { reason, ...(message !== undefined && { message }) } },
});

const podText = ({ metadata }: Pod): string => `${metadata.name}_${metadata.namespace}(${metadata.uid})`;

const canonicalName = (image: string): string => {
  const { repository } = parseImage(image);
  const first = repository.split('/')[0] ?? '';
  const hasHost = repository.includes('/') && /[.:]|^localhost$/.test(first);
  if (hasHost) return repository;
  return `docker.io/${repository.includes('/') ? '' : 'library/'}${repository}`;
};

/** Every image gets a digest of its own; there is no registry to ask. */
const imageId = (image: string): string => {
  const digest = image.split('@')[1];
  return `${canonicalName(image)}@${digest ?? `sha256:${Buffer.from(safeHash(image, 32)).toString('hex')}`}`;
};

const keyOf = (context: ContainerContext, container: Container): string =>
  `${context.pod.metadata.uid}/${container.name}`;

/** A failed pull: its events once per try, `ImagePullBackOff` in between. */
const failPull = (
  context: ContainerContext,
  container: Container,
  before: ContainerStatus,
  error: string,
): ContainerStep => {
  const { memory, now } = context;
  const key = keyOf(context, container);
  const known = memory.pulls.get(key);
  if (known && now < known.nextAt) {
    const fresh = before.state.waiting?.reason === 'ErrImagePull';
    const freshUntil = after(known.failedAt, FRESH_PULL_ERROR);
    if (fresh && now < freshUntil) return { status: before, events: [], wakeAt: freshUntil };
    const message = `Back-off pulling image "${container.image}": ErrImagePull: ${error}`;
    const events = fresh
      ? [normal('BackOff', `Back-off pulling image "${container.image}"`), warning('Failed', 'Error: ImagePullBackOff')]
      : [];
    return { status: waiting(before, 'ImagePullBackOff', message), events, wakeAt: known.nextAt };
  }
  const attempts = (known?.attempts ?? 0) + 1;
  memory.pulls.set(key, {
    attempts,
    failedAt: now,
    nextAt: after(now, Math.min(10 * SECOND * 2 ** (attempts - 1), LONGEST_BACKOFF)),
  });
  return {
    status: waiting(before, 'ErrImagePull', error),
    events: [
      normal('Pulling', `Pulling image "${container.image}"`),
      warning('Failed', `Failed to pull image "${container.image}": ${error}`),
      warning('Failed', 'Error: ErrImagePull'),
    ],
    wakeAt: after(now, FRESH_PULL_ERROR),
  };
};

type Pull = { readonly events: readonly EventDraft[] } | { readonly step: ContainerStep };

/** Gets the image onto the node: at once when it is there, after `pullMs`, or not at all. */
const pullImage = (context: ContainerContext, container: Container, before: ContainerStatus): Pull => {
  const { memory, now, node, images, timing } = context;
  const place = `${node}/${container.image}`;
  const always = (container.imagePullPolicy ?? 'IfNotPresent') === 'Always';
  if (memory.pulled.has(place) && !always)
    return { events: [normal('Pulled', `Container image "${container.image}" already present on machine`)] };
  const error = pullError(images, container.image, now);
  if (error !== undefined) return { step: failPull(context, container, before, error) };
  const key = keyOf(context, container);
  const since = memory.pulling.get(key) ?? now;
  const readyAt = after(since, memory.pulled.has(place) ? 0 : timing.pullMs);
  if (readyAt > now) {
    const first = !memory.pulling.has(key);
    memory.pulling.set(key, since);
    const events = first ? [normal('Pulling', `Pulling image "${container.image}"`)] : [];
    return { step: { status: waiting(before, 'ContainerCreating'), events, wakeAt: readyAt } };
  }
  const wasPulling = memory.pulling.delete(key);
  memory.pulled.add(place);
  memory.pulls.delete(key);
  const took = `${Math.max(timing.pullMs, 1)}ms`;
  const done = `Successfully pulled image "${container.image}" in ${took} (${took} including waiting)`;
  return {
    events: [...(wasPulling ? [] : [normal('Pulling', `Pulling image "${container.image}"`)]), normal('Pulled', done)],
  };
};

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
