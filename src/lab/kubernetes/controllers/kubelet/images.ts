import { quantityNumber } from '../../objects/quantity.ts';
import type { Container } from '../kinds.ts';
import { SECOND } from '../support.ts';

/** What a container of an image does once it has started. */
export type Behaviour =
  | { readonly kind: 'run'; readonly ready: boolean }
  | { readonly kind: 'exit'; readonly code: number; readonly afterMs: number }
  | { readonly kind: 'oom'; readonly afterMs: number };

/** What the lab knows of an image. */
export interface Image {
  /** `linux/amd64`, `linux/arm64`. */
  readonly platforms: readonly string[];
  /** Tags that exist; undefined = any. */
  readonly tags?: readonly string[] | undefined;
  /** Why it cannot be pulled from `failsFrom` on; nodes that have it keep it. */
  readonly pull?: { readonly error: string; readonly failsFrom?: Date | undefined } | undefined;
  readonly behaviour: Behaviour;
  /** From the start of the container until it is ready. */
  readonly startupMs: number;
  /** Bytes that the process needs: with a lower memory limit it is killed. */
  readonly memory?: number | undefined;
  readonly log: readonly string[];
  readonly repeat?: { readonly everyMs: number; readonly lines: readonly string[] } | undefined;
}

export type ImageTable = ReadonlyMap<string, Image>;

/** An image that no scenario describes: it exists for every platform and simply runs. */
const UNKNOWN: Image = {
  platforms: ['linux/amd64', 'linux/arm64'],
  behaviour: { kind: 'run', ready: true },
  startupMs: 0,
  log: [],
};

export interface ImageName {
  readonly repository: string;
  readonly tag: string;
}

/** `docker.io/library/redis` is `redis`. */
const shortName = (repository: string): string => repository.replace(/^docker\.io\/(library\/)?/, '');

/** `ghcr.io/a/b:1.2@sha256:…` -> repository `ghcr.io/a/b`, tag `1.2`; images of Docker Hub go by their short name. */
export const parseImage = (reference: string): ImageName => {
  const [withoutDigest = ''] = reference.split('@');
  const colon = withoutDigest.lastIndexOf(':');
  if (colon <= withoutDigest.lastIndexOf('/')) return { repository: shortName(withoutDigest), tag: 'latest' };
  return { repository: shortName(withoutDigest.slice(0, colon)), tag: withoutDigest.slice(colon + 1) };
};

export const findImage = (images: ImageTable, reference: string): Image => {
  const { repository, tag } = parseImage(reference);
  return images.get(`${repository}:${tag}`) ?? images.get(repository) ?? UNKNOWN;
};

/** Why the image cannot be pulled now; undefined when it can. */
export const pullError = (images: ImageTable, reference: string, now: Date): string | undefined => {
  const image = findImage(images, reference);
  const { tag } = parseImage(reference);
  if (image.tags && !image.tags.includes(tag) && !reference.includes('@'))
    return `rpc error: code = NotFound desc = failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${reference}: not found`;
  if (!image.pull || (image.pull.failsFrom && image.pull.failsFrom > now)) return undefined;
  return `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${image.pull.error}`;
};

/** How a running container will end; undefined = it runs on. */
export interface Ending {
  readonly afterMs: number;
  readonly exitCode: number;
  readonly reason: 'Completed' | 'Error' | 'OOMKilled';
  readonly log?: readonly string[];
  /** It ends before it has started up. */
  readonly neverReady?: boolean;
}

const EXEC_FORMAT: Ending = {
  afterMs: 0,
  exitCode: 255,
  reason: 'Error',
  log: ['exec /usr/local/bin/entrypoint: exec format error'],
};

/** `sh -c 'sleep 5; exit 3'`: what a shell would do, so far as it is only these two words. */
const shellEnding = ({
  command = [],
  args = [],
}: Container & { command?: string[]; args?: string[] }): Ending | undefined => {
  const words = [...command, ...args];
  if (words.length === 0) return undefined;
  const text = words.join(' ');
  const sleep = /(?:^|[\s;&])sleep (\d+)/.exec(text)?.[1];
  const exit = /(?:^|[\s;&])exit (\d+)/.exec(text)?.[1] ?? (/^\/?(?:\w+\/)*false$/.test(text) ? '1' : undefined);
  if (exit === undefined) return undefined;
  const exitCode = Number(exit);
  return { afterMs: Number(sleep ?? 0) * SECOND, exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' };
};

const memoryLimit = ({ resources }: Container): number => {
  const limit = resources?.limits?.['memory'];
  return limit === undefined ? Number.POSITIVE_INFINITY : quantityNumber(limit);
};

/**
 * How a container will end on a node of this architecture.
 * `completes` = it is expected to end (an init container, a pod of a Job), after `runMs` when the image says nothing else.
 */
export const endingOf = (
  image: Image,
  container: Container,
  architecture: string,
  completes: { runMs: number } | undefined,
): Ending | undefined => {
  if (!image.platforms.includes(`linux/${architecture}`)) return EXEC_FORMAT;
  if (image.memory !== undefined && image.memory > memoryLimit(container))
    return { afterMs: Math.max(image.startupMs, SECOND), exitCode: 137, reason: 'OOMKilled', neverReady: true };
  const shell = shellEnding(container);
  if (shell) return shell;
  const { behaviour } = image;
  if (behaviour.kind === 'oom') return { afterMs: behaviour.afterMs, exitCode: 137, reason: 'OOMKilled' };
  if (behaviour.kind === 'exit')
    return {
      afterMs: behaviour.afterMs,
      exitCode: behaviour.code,
      reason: behaviour.code === 0 ? 'Completed' : 'Error',
    };
  return completes && { afterMs: completes.runMs, exitCode: 0, reason: 'Completed' };
};
