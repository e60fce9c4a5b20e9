import type { Json, JsonObject, KubeJson } from '../json.ts';
import { decodeZero } from './decode.ts';
import { ApiFault, badRequest } from './fault.ts';
import { addedOrModified, compareTyped } from './fields/compare.ts';
import { refuseConflicts } from './fields/conflicts.ts';
import {
  difference,
  type FieldSet,
  fieldSet,
  intersection,
  isEmpty,
  MEMBER,
  union,
  withNamedFields,
  without,
} from './fields/field-set.ts';
import { identityOf, type Manager, readManagers, resetsManagers, writeManagers } from './fields/managers.ts';
import { mergeTyped } from './fields/merge.ts';
import { checkTyped, fieldsOf, removeFields, TypedError } from './fields/typed.ts';
import { isObject, textAt } from './json.ts';
import type { GroupVersionKind, Shape } from './schema.ts';

/** Who writes, through what. */
export interface Writing {
  readonly gvk: GroupVersionKind;
  readonly shape: Shape;
  /** `?fieldManager=`, else the first part of the user agent. */
  readonly manager: string;
  /** `status`, `scale` ...; left out for the object itself. */
  readonly subresource?: string;
  readonly now: Date;
  /** Fields that this road does not write, so nobody owns them through it: `[['status']]`. */
  readonly resetFields?: readonly (readonly string[])[];
}

/** Never owned by anybody, as the real server has it. */
const STRIPPED: FieldSet = fieldSet([
  ['f:apiVersion', MEMBER],
  ['f:kind', MEMBER],
  [
    'f:metadata',
    fieldSet(
      [
        'name',
        'namespace',
        'creationTimestamp',
        'selfLink',
        'uid',
        'clusterName',
        'generation',
        'managedFields',
        'resourceVersion',
      ].map((name) => [`f:${name}`, MEMBER] as const),
      true,
    ),
  ],
]);

const apiVersionOf = ({ group, version }: GroupVersionKind): string => (group === '' ? version : `${group}/${version}`);

function owned(fields: FieldSet, { resetFields = [] }: Writing): FieldSet {
  const reset = resetFields.reduce(
    (left, path) =>
      without(
        left,
        path.map((name) => `f:${name}`),
      ),
    fields,
  );
  return difference(reset, STRIPPED);
}

/** The object without managedFields; nothing at all reads as the zero of its kind. */
function bare(object: KubeJson | JsonObject | undefined, { gvk, shape }: Writing): JsonObject {
  if (!object) return decodeZero(apiVersionOf(gvk), gvk.kind, shape);
  const json = object as JsonObject; // objects of the API are JSON; KubeJson only names their members
  const metadata = isObject(json['metadata']) ? json['metadata'] : {};
  return { ...json, metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'managedFields')) };
}

function withManagers<T extends KubeJson | JsonObject>(object: T, managers: readonly Manager[]): T {
  const managedFields = writeManagers(managers);
  const metadata: Record<string, unknown> = {
    ...(isObject(object['metadata']) ? object['metadata'] : {}),
    managedFields,
  };
  if (managedFields.length === 0) delete metadata['managedFields'];
  return { ...object, metadata };
}

const timeText = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;

/** What others keep: what the writer changed is no longer theirs, what is gone is nobody's. */
const rest = (managers: readonly Manager[], lost: FieldSet, removed: FieldSet): Manager[] =>
  managers.map((entry) => ({ ...entry, fields: difference(difference(entry.fields, lost), removed) }));

/**
 * Records an ordinary write (POST, PUT, PATCH): the writer owns what it changed, with operation Update.
 * Called with the decoded and defaulted object, before admission adds its own.
 * @param live the stored object; undefined on creation
 * @returns `next` with its managedFields
 */
export function trackUpdate(live: KubeJson | undefined, next: KubeJson, writing: Writing): KubeJson {
  const before = managersBefore(live, next, writing);
  if (live && before.length === 0) return withManagers(next, []); // nobody is tracked again until the next apply
  const change = compareTyped(bare(live, writing), bare(next, writing), writing.shape);
  const mine = owned(addedOrModified(change), writing);
  const entry = entryOf(writing, 'Update', mine);
  const kept = rest(before, addedOrModified(change), change.removed);
  const own = kept.find((other) => identityOf(other) === identityOf(entry));
  const others = kept.filter((other) => other !== own);
  if (isEmpty(mine)) return withManagers(next, own ? [...others, own] : others);
  return withManagers(next, [...others, { ...entry, fields: union(own?.fields ?? fieldSet([]), mine) }]);
}

/** A client may write managedFields itself, or have them forgotten; through a subresource it may not. */
function managersBefore(live: KubeJson | undefined, next: KubeJson, { subresource }: Writing): Manager[] {
  const stored = readManagers(live?.metadata);
  if (subresource !== undefined) return stored;
  if (resetsManagers(next.metadata)) return [];
  const given = readManagers(next.metadata);
  return given.length > 0 ? given : stored;
}

const entryOf = (writing: Writing, operation: Manager['operation'], fields: FieldSet): Manager => ({
  manager: writing.manager,
  operation,
  apiVersion: apiVersionOf(writing.gvk),
  subresource: writing.subresource ?? '',
  // The scale subresource of the real server hands its entry on without a time.
  time: writing.subresource === 'scale' ? undefined : timeText(writing.now),
  fields,
});

/**
 * Server-side apply. Merges a configuration into the object by the list types of the schema, removes what its manager
 * applied before and no longer names, and hands the fields over.
 * Throws 409 with every conflict unless `force`, and 500 (as the real server does) for a configuration that does not fit
 * the schema.
 * @param live the stored object; undefined when the apply creates it
 * @returns the merged object with managedFields; it still has to be decoded and defaulted like any other
 */
export function applyConfiguration(
  live: KubeJson | undefined,
  configuration: JsonObject,
  writing: Writing & { readonly force: boolean },
): JsonObject {
  checkConfiguration(configuration, writing);
  const base = bare(live, writing);
  const managers = managersBeforeApply(live, writing);
  const entry = entryOf(writing, 'Apply', fieldsOf(configuration, writing.shape));
  const last = managers.find((other) => identityOf(other) === identityOf(entry));
  const others = managers.filter((other) => other !== last);
  const laid = mergeTyped(base, configuration, writing.shape) ?? null;
  const merged = last ? prune(laid, last.fields, [...others, entry], writing.shape) : laid;
  const change = compareTyped(base, merged, writing.shape);
  if (!writing.force) refuseConflicts(others, change, base, writing);
  const kept = rest(others, addedOrModified(change), change.removed);
  const isSame = isEmpty(addedOrModified(change)) && isEmpty(change.removed);
  const mine = { ...entry, time: isSame ? last?.time : entry.time, fields: owned(entry.fields, writing) };
  return withManagers(isObject(merged) ? merged : base, [...kept, mine]);
}

/** Before the first apply, all that an untracked object says belongs to a manager of its own. */
function managersBeforeApply(live: KubeJson | undefined, writing: Writing): Manager[] {
  const managers = readManagers(live?.metadata);
  if (!live || managers.length > 0) return managers;
  const change = compareTyped(bare(undefined, writing), bare(live, writing), writing.shape);
  const fields = owned(addedOrModified(change), writing);
  return [{ ...entryOf(writing, 'Update', fields), manager: 'before-first-apply' }];
}

function checkConfiguration(configuration: JsonObject, { gvk, shape }: Writing): void {
  const metadata = isObject(configuration['metadata']) ? configuration['metadata'] : {};
  if (metadata['managedFields'] !== undefined && metadata['managedFields'] !== null)
    throw badRequest('metadata.managedFields must be nil');
  try {
    checkTyped(configuration, shape);
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    const name = `${textAt(metadata, 'namespace') ?? ''}/${textAt(metadata, 'name') ?? ''}`;
    const kind = `${gvk.group}/${gvk.version}, Kind=${gvk.kind}`;
    throw new ApiFault(500, undefined, `failed to create typed patch object (${name}; ${kind}): ${error.message}`);
  }
}

/**
 * Takes out what the manager applied last time and does not name now, unless another manager has it or something that
 * stays stands in it.
 */
function prune(merged: Json, last: FieldSet, managers: readonly Manager[], shape: Shape): Json {
  const named = (set: FieldSet): FieldSet => withNamedFields(set, shape);
  const all = named(fieldsOf(merged, shape));
  const remaining = (pruned: Json): FieldSet => named(fieldsOf(pruned, shape));
  const take = (gone: FieldSet): Json => removeFields(merged, shape, gone) ?? {};
  const managed = managers.reduce((sum, { fields }) => union(sum, fields), fieldSet([]));
  const first = take(named(last));
  const second = take(difference(all, union(remaining(first), named(managed))));
  return take(intersection(difference(all, remaining(second)), named(last)));
}
