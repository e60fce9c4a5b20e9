import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../core/canonical.ts';
import { messageOf } from '../../../core/errors.ts';
import type { LabApi, LooseObject } from '../controller.ts';
import type { KubeJson, OwnerReference } from '../json.ts';
import { ApiFault } from '../objects/fault.ts';
import { StoreError } from '../store.ts';
import type { Condition, Pod } from './kinds.ts';

/** Field manager of everything that a controller writes, as upstream. */
export const MANAGER = 'kube-controller-manager';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** Kubernetes writes times without fractions of a second. */
export const timestamp = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

export const after = (at: string | Date, ms: number): Date => new Date(+new Date(at) + ms);

/** The earliest of the moments given; undefined when there is none. */
export const earliest = (...moments: readonly (Date | undefined)[]): Date | undefined => {
  const known = moments.filter((moment): moment is Date => moment !== undefined);
  return known.length === 0 ? undefined : new Date(Math.min(...known.map(Number)));
};

/** The letters that Kubernetes uses for generated names: no vowels, nothing that reads like another letter. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A text of `length` safe letters that depends on `seed` alone. */
export const safeHash = (seed: string, length: number): string =>
  [...digest(seed).subarray(0, length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');

/** The hash of a pod template, as it stands in `pod-template-hash`. */
export const templateHash = (template: object, collisions = 0): string =>
  safeHash(`${canonicalJson(template)}${collisions || ''}`, 10);

/** A name that nobody has: the owner's version makes it differ from the names it gave before. */
export const freshName = (api: LabApi, resource: string, owner: KubeJson, attempt = 0): string => {
  const { uid, resourceVersion, name, namespace } = owner.metadata;
  const candidate = `${name}-${safeHash(`${uid}/${resourceVersion}/${+api.now()}/${attempt}`, 5)}`;
  return api.get(resource, namespace, candidate) ? freshName(api, resource, owner, attempt + 1) : candidate;
};

export const controllerOf = (object: KubeJson): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

export const ownerReference = (owner: KubeJson): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** Objects by the uid of their controller; those without one stand under ''. */
export const groupByController = <T extends KubeJson>(objects: readonly T[]): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const object of objects) {
    const uid = controllerOf(object)?.uid ?? '';
    const group = groups.get(uid);
    if (group) group.push(object);
    else groups.set(uid, [object]);
  }
  return groups;
};

export const isDeleting = (object: KubeJson): boolean => object.metadata.deletionTimestamp !== undefined;

export const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Counts for its controller: not on its way out and not at its end. */
export const isActive = (pod: Pod): boolean => !isDeleting(pod) && !isFinished(pod);

export const conditionOf = (object: { conditions?: readonly Condition[] } | undefined, type: string) =>
  object?.conditions?.find((condition) => condition.type === type);

export const isReady = (pod: Pod): boolean => conditionOf(pod.status, 'Ready')?.status === 'True';

/** When a ready pod has been so for `minReadySeconds`; undefined when it is not ready. */
export const availableAt = (pod: Pod, minReadySeconds = 0): Date | undefined => {
  const ready = conditionOf(pod.status, 'Ready');
  if (ready?.status !== 'True') return undefined;
  return after(ready.lastTransitionTime ?? pod.metadata.creationTimestamp, minReadySeconds * SECOND);
};

/** Sets one condition; its transition time moves only when the status does. */
export const withCondition = (
  conditions: readonly Condition[] | undefined,
  next: Condition,
  now: Date,
): readonly Condition[] => {
  const before = conditions?.find(({ type }) => type === next.type);
  const lastTransitionTime =
    before?.status === next.status ? (before.lastTransitionTime ?? timestamp(now)) : timestamp(now);
  const written = { ...before, ...next, lastTransitionTime };
  if (!before) return [...(conditions ?? []), written];
  return (conditions ?? []).map((condition) => (condition.type === next.type ? written : condition));
};

export const withoutCondition = (conditions: readonly Condition[] | undefined, type: string): readonly Condition[] =>
  (conditions ?? []).filter((condition) => condition.type !== type);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The same JSON: order of members does not matter, and neither does a member that is undefined. */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (a === b || (a ?? null) === (b ?? null)) return true;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && hasSameItems(a, b);
  return isObject(a) && isObject(b) && hasSameMembers(a, b);
};

const hasSameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((each, index) => isSame(each, b[index]));

const hasSameMembers = (a: Record<string, unknown>, b: Record<string, unknown>): boolean =>
  Object.keys(a).every((key) => isSame(a[key], b[key])) &&
  Object.keys(b).every((key) => b[key] === undefined || a[key] !== undefined);

/** Writes the status when it says something new. */
export const writeStatus = (
  api: LabApi,
  resource: string,
  object: KubeJson & { status?: object },
  status: object,
  manager = MANAGER,
): void => {
  if (!isSame(object.status, status)) tolerate(() => api.updateStatus(resource, { ...object, status }, manager));
};

/** Somebody else was faster: the object is gone, or there already, or a newer one. */
const isRace = (error: unknown): boolean => {
  if (error instanceof ApiFault) return error.body.code === 404 || error.body.code === 409;
  return error instanceof StoreError;
};

/** Lets a lost race pass: the next reconcile sees what is there now. Everything else is thrown on. */
export const tolerate = <T>(write: () => T): T | undefined => {
  try {
    return write();
  } catch (error) {
    if (!isRace(error)) throw error;
    return undefined;
  }
};

/** The object, or why the API would not have it. */
export const attemptCreate = (
  api: LabApi,
  resource: string,
  object: LooseObject,
): { created: KubeJson } | { refused: string } => {
  try {
    return { created: api.create(resource, object, MANAGER) };
  } catch (error) {
    return { refused: messageOf(error) };
  }
};

/** `25%` or `2` of `total`, rounded as asked. */
export const share = (value: number | string | undefined, total: number, round: 'up' | 'down'): number => {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  if (!value.endsWith('%')) return Number(value);
  const exact = (Number(value.slice(0, -1)) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
};
