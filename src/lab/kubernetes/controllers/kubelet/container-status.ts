import type { Container, ContainerStatus, Pod } from '../kinds.ts';
import { safeHash } from '../support.ts';
import { type ImageTable, parseImage } from './images.ts';

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

export const normal = (reason: string, message: string): EventDraft => ({ type: 'Normal', reason, message });
export const warning = (reason: string, message: string): EventDraft => ({ type: 'Warning', reason, message });

export const blank = (container: Container): ContainerStatus => ({
  name: container.name,
  image: container.image,
  imageID: '',
  ready: false,
  started: false,
  restartCount: 0,
  state: { waiting: { reason: 'ContainerCreating' } },
  lastState: {},
});

export const waiting = (status: ContainerStatus, reason: string, message?: string): ContainerStatus => ({
  ...status,
  ready: false,
  started: false,
  state: { waiting: { reason, ...(message !== undefined && { message }) } },
});

const canonicalName = (image: string): string => {
  const { repository } = parseImage(image);
  const first = repository.split('/')[0] ?? '';
  const hasHost = repository.includes('/') && /[.:]|^localhost$/.test(first);
  if (hasHost) return repository;
  return `docker.io/${repository.includes('/') ? '' : 'library/'}${repository}`;
};

/** Every image gets a digest of its own; there is no registry to ask. */
export const imageId = (image: string): string => {
  const digest = image.split('@')[1];
  return `${canonicalName(image)}@${digest ?? `sha256:${Buffer.from(safeHash(image, 32)).toString('hex')}`}`;
};

export const keyOf = (context: ContainerContext, container: Container): string =>
  `${context.pod.metadata.uid}/${container.name}`;
