import type { KubeJson } from '../json.ts';
import { apiVersionOf } from '../resource.ts';
import type { ServedResource } from './catalogue.ts';
import { definitionSpec } from './custom.ts';

/** `events.k8s.io/v1` calls the fields of a core Event otherwise (conversion of the real API server). */
const WORDS: readonly (readonly [core: string, events: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];
const TO_EVENTS = new Map(WORDS);
const TO_CORE = new Map(WORDS.map(([core, events]) => [events, core]));

const renamed = (object: KubeJson, words: ReadonlyMap<string, string>, apiVersion: string): KubeJson =>
  // Top level members get other names; metadata and kind keep theirs.
  ({
    ...Object.fromEntries(Object.entries(object).map(([key, value]) => [words.get(key) ?? key, value])),
    apiVersion,
  }) as KubeJson;

const isNewEvent = ({ group, plural }: ServedResource): boolean => group === 'events.k8s.io' && plural === 'events';

/** A stored object as `resource` shows it: the other event group, another version of a custom resource, or itself. */
export function fromStored(resource: ServedResource, object: KubeJson): KubeJson {
  if (isNewEvent(resource)) return renamed(object, TO_EVENTS, 'events.k8s.io/v1');
  const apiVersion = apiVersionOf(resource);
  return resource.definition && object.apiVersion !== apiVersion ? { ...object, apiVersion } : object;
}

export function toStored(resource: ServedResource, object: KubeJson): KubeJson {
  if (isNewEvent(resource)) return renamed(object, TO_CORE, 'v1');
  if (!resource.definition) return object;
  const { group, versions } = definitionSpec(resource.definition);
  const storage = versions.find((version) => version.storage)?.name ?? resource.version;
  return { ...object, apiVersion: `${group}/${storage}` };
}
