import type { Json, JsonObject } from '../../json.ts';
import { objectsAt, textAt } from '../../objects/json.ts';

/** One thing that a level forbids: a few words, and where it was found. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export interface CheckedPod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: JsonObject;
}

/** One check of the Pod Security Standards; the words are those of k8s.io/pod-security-admission. */
export type PodCheck = (pod: CheckedPod) => Violation | undefined;

/** Init containers first, as the original visits them. */
export const containersOf = ({ spec }: CheckedPod): readonly JsonObject[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) => objectsAt(spec, field));

export const nameOf = (named: JsonObject): string => textAt(named, 'name') ?? '';

export const quoted = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(', ');

export const plural = (word: string, count: number, many = `${word}s`): string => (count === 1 ? word : many);

export const sortedSet = (items: readonly string[]): readonly string[] => [...new Set(items)].sort();

/** `container "a"`, `containers "a", "b"`. */
export const containerList = (names: readonly string[]): string =>
  `${plural('container', names.length)} ${quoted(names)}`;

/** `pod and container "a"`: who set a forbidden value; undefined when nobody did. */
export function setters(pod: boolean, containers: readonly string[]): string | undefined {
  const parts = [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containerList(containers)] : [])];
  return parts.length === 0 ? undefined : parts.join(' and ');
}

export const texts = (values: readonly Json[]): string[] =>
  values.filter((value): value is string => typeof value === 'string');

export const isWindows = ({ spec }: CheckedPod): boolean => textAt(spec, 'os', 'name') === 'windows';

/** A pod in a user namespace of its own may be root there. */
export const hasOwnUsers = ({ spec }: CheckedPod): boolean => spec.hostUsers === false;
