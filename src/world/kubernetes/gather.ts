import type { KubeObject, KubernetesReader } from '../../clients/kubernetes/contract.ts';
import { isStewardError, messageOf } from '../../core/errors.ts';
import { eachLimited } from '../each-limited.ts';
import { gatherCredentials } from '../longhorn/credentials.ts';
import { partSchemas } from '../parts.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { absent, known, type Part, unknown, type WorldParts } from '../world.ts';
import { type CrashLog, gatherImages, type ImagePlatforms } from './images.ts';
import { type Resource, resources } from './resources.ts';

const AT_ONCE = 6;
const EVENTS_MS = 6 * 60 * 60_000;

export interface GatherOptions {
  readonly now: Date;
  readonly timeoutMs: number;
  readonly images?: ImagePlatforms;
}

/**
 * Lists every part, a few at a time. A list that fails (forbidden, not served, too slow) or that holds an object
 * which does not fit makes its part unknown with the reason; the others go on. Throws only when `signal` aborts.
 */
export async function gatherKubernetes(
  reader: KubernetesReader,
  { now, timeoutMs, images }: GatherOptions,
  signal: AbortSignal,
): Promise<WorldParts> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const parts: Record<string, Part<unknown>> = {};
  await eachLimited(resources, AT_ONCE, async (resource) => {
    parts[resource.part] = await gatherPart(reader, resource, now, limited);
    signal.throwIfAborted();
  });
  const crashLog: CrashLog = ({ namespace, name, container, previous }, stop) =>
    reader.logs(namespace, name, { container, previous, tailLines: 5, limitBytes: 2000 }, stop);
  const sources = { crashLog, ...(images === undefined ? {} : { registry: images }) };
  const listed = parts as WorldParts; // sound: each part was parsed with the schema of its name
  const [found, longhornCredentials] = await Promise.all([
    gatherImages(listed, sources, limited),
    gatherCredentials(reader, listed, limited),
  ]);
  return { ...listed, images: found, longhornCredentials };
}

async function gatherPart(
  reader: KubernetesReader,
  { part, kind, fieldSelector, optional }: Resource,
  now: Date,
  signal: AbortSignal,
): Promise<Part<unknown>> {
  try {
    const options = fieldSelector === undefined ? {} : { fieldSelector };
    signal.throwIfAborted();
    const objects = await unlessAborted(reader.listAll(kind, options, signal), signal);
    const wanted = part === 'events' ? objects.filter((event) => isRecent(event, now)) : objects;
    return parsePart(part, wanted);
  } catch (error) {
    if (optional === true && isStewardError(error) && (await isNotServed(reader, kind, error.status, signal)))
      return absent;
    return unknown(signal.aborted ? 'it could not be read in time' : messageOf(error));
  }
}

/** An account without the right hears "forbidden" of kinds that are not even there: discovery, which everybody may read, knows. */
async function isNotServed(
  reader: KubernetesReader,
  { group, resource }: Resource['kind'],
  status: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (status === 404) return true;
  if (status !== 403 || signal.aborted) return false;
  const kinds = await unlessAborted(reader.kinds(signal), signal).catch(() => undefined);
  return kinds?.some((kind) => kind.group === group && kind.resource === resource) === false;
}

function parsePart(part: Resource['part'], objects: readonly KubeObject[]): Part<unknown> {
  const found = new Map<string, unknown>();
  for (const object of objects) {
    const { namespace, name } = object.metadata;
    const id = namespace === undefined ? name : `${namespace}/${name}`;
    const parsed = partSchemas[part].safeParse(SLIM.has(part) ? withoutManagers(object) : object);
    if (!parsed.success) return unknown(`${part} "${id}" does not fit: ${parsed.error.message}`);
    found.set(id, parsed.data);
  }
  return known(found);
}

/** Numerous kinds that nobody edits by hand: who owns which of their fields is dropped, it is a third of their size. */
const SLIM: ReadonlySet<string> = new Set([
  'pods',
  'replicaSets',
  'endpointSlices',
  'events',
  'volumeAttachments',
  'longhornVolumes',
  'longhornReplicas',
  'longhornBackups',
]);

function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function isRecent(event: KubeObject, now: Date): boolean {
  const { lastTimestamp, eventTime, metadata } = event;
  const time = [lastTimestamp, eventTime, metadata['creationTimestamp']].find((each) => typeof each === 'string');
  return time === undefined || +now - Date.parse(String(time)) <= EVENTS_MS;
}
