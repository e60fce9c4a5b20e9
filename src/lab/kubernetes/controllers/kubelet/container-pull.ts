import type { Container, ContainerStatus } from '../kinds.ts';
import { after, MINUTE, SECOND } from '../support.ts';
import {
  type ContainerContext,
  type ContainerStep,
  type EventDraft,
  keyOf,
  normal,
  waiting,
  warning,
} from './container-status.ts';
import { pullError } from './images.ts';

/** The longest wait between two pulls. */
const LONGEST_BACKOFF = 5 * MINUTE;
/** `ErrImagePull` is what a failed pull says at first; soon it is `ImagePullBackOff`. */
const FRESH_PULL_ERROR = SECOND;

const backOffText = ({ image }: Container, error: string): string =>
  `Back-off pulling image "${image}": ErrImagePull: ${error}`;

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
    const events = fresh
      ? [normal('BackOff', `Back-off pulling image "${container.image}"`), warning('Failed', 'Error: ImagePullBackOff')]
      : [];
    return { status: waiting(before, 'ImagePullBackOff', backOffText(container, error)), events, wakeAt: known.nextAt };
  }
  const attempts = (known?.attempts ?? 0) + 1;
  const nextAt = after(now, Math.min(10 * SECOND * 2 ** (attempts - 1), LONGEST_BACKOFF));
  memory.pulls.set(key, { attempts, failedAt: now, nextAt });
  const events = [
    normal('Pulling', `Pulling image "${container.image}"`),
    warning('Failed', `Failed to pull image "${container.image}": ${error}`),
    warning('Failed', 'Error: ErrImagePull'),
  ];
  // A pull that fails again shows its error for a moment only: the status stays as it is.
  if (known)
    return { status: waiting(before, 'ImagePullBackOff', backOffText(container, error)), events, wakeAt: nextAt };
  return { status: waiting(before, 'ErrImagePull', error), events, wakeAt: after(now, FRESH_PULL_ERROR) };
};

type Pull = { readonly events: readonly EventDraft[] } | { readonly step: ContainerStep };

/** Gets the image onto the node: at once when it is there, after `pullMs`, or not at all. */
export const pullImage = (context: ContainerContext, container: Container, before: ContainerStatus): Pull => {
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
