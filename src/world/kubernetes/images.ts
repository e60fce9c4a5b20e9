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

/** The last lines of a container that has crashed: of its previous start, or of its only one. */
export type CrashLog = (
  pod: { readonly namespace: string; readonly name: string; readonly container: string; readonly previous: boolean },
  signal: AbortSignal,
) => Promise<string>;

export interface ImageSources {
  readonly registry?: ImagePlatforms;
  readonly crashLog?: CrashLog;
}

const AT_ONCE = 6;
/** Crash logs read per look: one for each image and platform, and no more than these. */
const MOST_LOGS = 8;

interface Draft {
  readonly platforms: Set<string>;
  readonly broken: Set<string>;
  readonly evidence: Set<string>;
  complete: boolean;
}

/**
 * What is known about the platforms of every image in use, never guessed:
 * a ready container proves its node's platform, an "exec format error" (in its status, or in the log of a crash)
 * disproves it, and a registry tells the whole list.
 */
export async function gatherImages(
  parts: WorldParts,
  { registry, crashLog }: ImageSources,
  signal: AbortSignal,
): Promise<Part<Parts['images']>> {
  const { pods = absent, nodes = absent } = parts;
  if (pods.state !== 'known' || nodes.state !== 'known') return unknown(missing({ pods, nodes }));
  const drafts = new Map<string, Draft>();
  for (const spec of templatesOf(parts)) for (const { image } of containersOf(spec)) draftOf(drafts, image);
  for (const pod of pods.value.values()) observe(drafts, pod, nodes.value);
  if (crashLog !== undefined)
    await eachLimited(crashes(drafts, pods.value, nodes.value), AT_ONCE, (crash) => readCrash(crashLog, crash, signal));
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
      draft.evidence.add(`${EXEC_FORMAT} in ${where}`);
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
const EXEC_FORMAT = 'exec format error';

const isExecFormatError = ({ state, lastState }: ContainerStatus): boolean =>
  [state?.waiting?.message, state?.terminated?.message, lastState?.terminated?.message].some((message) =>
    message?.toLowerCase().includes(EXEC_FORMAT),
  );

interface Crash {
  readonly draft: Draft;
  readonly platform: string;
  readonly pod: Pod;
  readonly container: string;
  readonly previous: boolean;
}

/** Crashed containers on a platform of which nothing is known yet: their log may hold the kernel's word. */
function crashes(drafts: Map<string, Draft>, pods: Parts['pods'], nodes: ReadonlyMap<string, Node>): readonly Crash[] {
  const found = new Map<string, Crash>();
  for (const pod of pods.values()) {
    const platform = platformOf(nodes.get(pod.spec.nodeName ?? ''));
    if (platform === undefined) continue;
    for (const { container, image, previous } of crashedContainers(pod)) {
      const draft = draftOf(drafts, image);
      const key = `${canonicalImage(image)} ${platform}`;
      if (draft.platforms.has(platform) || draft.broken.has(platform) || found.has(key)) continue;
      found.set(key, { draft, platform, pod, container, previous });
    }
  }
  return [...found.values()].slice(0, MOST_LOGS);
}

function crashedContainers({ spec, status }: Pod) {
  const images = new Map(containersOf(spec).map(({ name, image }) => [name, image]));
  return [...status.containerStatuses, ...status.initContainerStatuses].flatMap(({ name, state, lastState }) => {
    const ended = state?.terminated ?? lastState?.terminated;
    const image = images.get(name);
    const hasCrashed = ended !== undefined && ended.exitCode !== 0 && image !== undefined;
    return hasCrashed ? [{ container: name, image, previous: state?.terminated === undefined }] : [];
  });
}

async function readCrash(crashLog: CrashLog, crash: Crash, signal: AbortSignal): Promise<void> {
  const { draft, platform, pod, container, previous } = crash;
  const { namespace = '', name } = pod.metadata;
  try {
    signal.throwIfAborted();
    const log = await unlessAborted(crashLog({ namespace, name, container, previous }, signal), signal);
    if (!log.toLowerCase().includes(EXEC_FORMAT)) return;
    draft.broken.add(platform);
    draft.evidence.add(
      `${EXEC_FORMAT} in the log of pod ${namespace}/${name} on ${pod.spec.nodeName ?? ''} (${platform})`,
    );
  } catch {
    // a log that cannot be read proves nothing: the platform stays unknown, and that is reported
  }
}

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
