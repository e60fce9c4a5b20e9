import type { Container, ContainerStatus, Node, Pod } from '../kinds.ts';
import { SECOND } from '../support.ts';
import { endingOf, findImage, type ImageTable } from './images.ts';

export interface LogLine {
  readonly at: Date;
  readonly text: string;
}

export interface LogQuery {
  readonly pod: Pod;
  readonly node: Node | undefined;
  readonly container: string;
  /** The run before the last restart. */
  readonly previous: boolean;
  readonly now: Date;
}

/** A container that has run for weeks does not print weeks of lines. */
const MOST_LINES = 5000;
const BETWEEN_START_LINES = 120;

interface Run {
  readonly from: Date;
  readonly to: Date;
}

const statusOf = ({ status }: Pod, container: string): ContainerStatus | undefined =>
  [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    ({ name }) => name === container,
  );

const runOf = ({ pod, container, previous, now }: LogQuery): Run | undefined => {
  const status = statusOf(pod, container);
  if (!status) return undefined;
  const { running, terminated } = status.state;
  if (!previous && running) return { from: new Date(running.startedAt), to: now };
  // In back-off the last run is what there is to read.
  const ended = previous ? status.lastState.terminated : (terminated ?? status.lastState.terminated);
  return ended && { from: new Date(ended.startedAt), to: new Date(ended.finishedAt) };
};

const repeated = (every: number, lines: readonly string[], { from, to }: Run): LogLine[] => {
  const count = Math.floor((+to - +from) / every);
  const first = Math.max(1, count - MOST_LINES + 1);
  return Array.from({ length: Math.max(0, count - first + 1) }, (_, index) => ({
    at: new Date(+from + (first + index) * every),
    text: lines[(first + index) % lines.length] ?? '',
  }));
};

const find = (pod: Pod, name: string): Container | undefined =>
  [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((container) => container.name === name);

/**
 * What a container has printed, oldest first; undefined when that run never was.
 * Computed from the image's lines and the times in the pod's status: the same question always has the same answer.
 */
export const logLines = (images: ImageTable, query: LogQuery): readonly LogLine[] | undefined => {
  const run = runOf(query);
  const container = find(query.pod, query.container);
  if (!run || !container) return undefined;
  const image = findImage(images, container.image);
  const architecture = query.node?.status?.nodeInfo?.architecture || 'amd64';
  const own = endingOf(image, container, architecture, undefined)?.log;
  if (own) return own.map((text) => ({ at: run.from, text }));
  const opening = image.log.map((text, index) => ({
    at: new Date(Math.min(+run.from + index * BETWEEN_START_LINES, +run.to)),
    text,
  }));
  if (!image.repeat) return opening;
  return [...opening, ...repeated(Math.max(image.repeat.everyMs, SECOND), image.repeat.lines, run)];
};
