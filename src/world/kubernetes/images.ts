import { messageOf } from '../../core/errors.ts';
import { eachLimited } from '../each-limited.ts';
import { canonicalImage } from '../image-reference.ts';
import type { Parts } from '../parts.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { absent, known, type Part, unknown, type WorldParts } from '../world.ts';
import type { Image, Node } from './cluster.ts';
import type { ContainerStatus, Pod, PodSpec } from './pod.ts';

/** Asks a registry which platforms (`linux/amd64`) an image offers; `undefined` = it cannot tell. Errors count as that. */
export interface ImagePlatforms {
  platformsOf(image: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
}

const AT_ONCE = 6;

interface Draft {
  readonly platforms: Set<string>;
  readonly broken: Set<string>;
  readonly evidence: Set<string>;
  complete: boolean;
}

/**
 * What is known about the platforms of every image in use, never guessed:
 * a ready container proves its node's platform, an "exec format error" disproves it, and a registry tells the whole list.
 */
export async function gatherImages(
  parts: WorldParts,
  registry: ImagePlatforms | undefined,
  signal: AbortSignal,
): Promise<Part<Parts['images']>> {
  const { pods = absent, nodes = absent } = parts;
  if (pods.state !== 'known' || nodes.state !== 'known') return unknown(missing({ pods, nodes }));
  const drafts = new Map<string, Draft>();
  for (const spec of templatesOf(parts)) for (const { image } of containersOf(spec)) draftOf(drafts, image);
  for (const pod of pods.value.values()) observe(drafts, pod, nodes.value);
  if (registry !== undefined)
    await eachLimited(drafts, AT_ONCE, ([image, draft]) => askRegistry(registry, image, draft, signal));
  return known(new Map([...drafts].map(([image, draft]) => [image, imageOf(draft)])));
}

const missing = (parts: Readonly<Record<string, Part<unknown>>>): string =>
  Object.entries(parts)
    .flatMap(([name, part]) => (part.state === 'unknown' ? [`it needs ${name}: ${part.reason}`] : []))
    .join('; ');

const containersOf = ({ containers, initContainers }: PodSpec) => [...containers, ...initContainers];

function* templatesOf(parts: WorldParts): Generator<PodSpec> {
  for (const part of [parts.deployments, parts.statefulSets, parts.daemonSets, parts.jobs])
    if (part?.state === 'known') for (const { spec } of part.value.values()) yield spec.template.spec;
  if (parts.cronJobs?.state === 'known')
    for (const { spec } of parts.cronJobs.value.values()) yield spec.jobTemplate.spec.template.spec;
}

function draftOf(drafts: Map<string, Draft>, image: string): Draft {
  const key = canonicalImage(image);
  const draft = drafts.get(key) ?? {
    platforms: new Set<string>(),
    broken: new Set<string>(),
    evidence: new Set<string>(),
    complete: false,
  };
  drafts.set(key, draft);
  return draft;
}

function observe(drafts: Map<string, Draft>, { metadata, spec, status }: Pod, nodes: ReadonlyMap<string, Node>): void {
  const platform = platformOf(nodes.get(spec.nodeName ?? ''));
  const statuses = new Map(
    [...status.containerStatuses, ...status.initContainerStatuses].map((each) => [each.name, each]),
  );
  for (const { name, image } of containersOf(spec)) {
    const draft = draftOf(drafts, image);
    const seen = statuses.get(name);
    if (seen === undefined || platform === undefined) continue;
    const where = `pod ${metadata.namespace ?? ''}/${metadata.name} on ${spec.nodeName ?? ''} (${platform})`;
    if (isExecFormatError(seen)) {
      draft.broken.add(platform);
      draft.evidence.add(`exec format error in ${where}`);
    } else if (seen.ready && !draft.platforms.has(platform)) {
      draft.platforms.add(platform);
      draft.evidence.add(`runs in ${where}`);
    }
  }
}

/** `linux/arm64` of a node; `undefined` when the node does not say. */
export function platformOf(node: Node | undefined): string | undefined {
  const { architecture = '', operatingSystem = 'linux' } = node?.status.nodeInfo ?? {};
  const arch = architecture === '' ? (node?.metadata.labels['kubernetes.io/arch'] ?? '') : architecture;
  return arch === '' ? undefined : `${operatingSystem}/${arch}`;
}

/** The kernel's word for a program of another architecture, passed on by runc and containerd. */
const isExecFormatError = ({ state, lastState }: ContainerStatus): boolean =>
  [state?.waiting?.message, state?.terminated?.message, lastState?.terminated?.message].some((message) =>
    message?.toLowerCase().includes('exec format error'),
  );

async function askRegistry(registry: ImagePlatforms, image: string, draft: Draft, signal: AbortSignal): Promise<void> {
  try {
    signal.throwIfAborted();
    const offered = await unlessAborted(registry.platformsOf(image, signal), signal);
    if (offered === undefined) return;
    for (const platform of offered) draft.platforms.add(platform);
    draft.complete = true;
    draft.evidence.add(`its registry offers ${offered.join(', ')}`);
  } catch (error) {
    draft.evidence.add(`its registry did not answer: ${messageOf(error)}`);
  }
}

const imageOf = ({ platforms, broken, complete, evidence }: Draft): Image => ({
  platforms: [...platforms].sort(),
  broken: [...broken].sort(),
  complete,
  evidence: [...evidence].slice(0, 6),
});
