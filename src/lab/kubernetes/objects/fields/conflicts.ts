import type { JsonObject } from '../../json.ts';
import { ApiFault } from '../fault.ts';
import { isObject, textAt } from '../json.ts';
import type { Shape } from '../schema.ts';
import { addedOrModified, type Comparison, compareTyped } from './compare.ts';
import {
  difference,
  type FieldSet,
  fieldSet,
  intersection,
  isEmpty,
  MEMBER,
  paths,
  pathText,
  union,
} from './field-set.ts';
import { identityOf, type Manager } from './managers.ts';
import { fieldsOf } from './typed.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

interface Conflict {
  readonly manager: Manager;
  readonly path: readonly string[];
}

const conflictsOf = (others: readonly Manager[], change: Comparison): Conflict[] =>
  others.flatMap((manager) =>
    paths(intersection(manager.fields, addedOrModified(change))).map((path) => ({ manager, path })),
  );

/** `"kubectl" with subresource "status" using apps/v1` */
function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const through = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${through}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

/** Throws the real 409 when `manager` would change what others own. */
export function refuseConflicts(
  others: readonly Manager[],
  change: Comparison,
  live: JsonObject,
  { manager, shape }: { manager: string; shape: Shape },
): void {
  const conflicts = notAllowed(conflictsOf(others, change), live, manager, shape);
  if (conflicts.length === 0) return;
  const causes = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: pathText(path),
  }));
  const [only] = causes;
  const text =
    causes.length === 1 && only
      ? `1 conflict: ${only.message}: ${only.field}`
      : `${causes.length} conflicts: ${conflictLines(conflicts)}`;
  throw new ApiFault(409, 'Conflict', `Apply failed with ${text}`, { causes });
}

function conflictLines(conflicts: readonly Conflict[]): string {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort((a, b) =>
    identityOf(a) < identityOf(b) ? -1 : 1,
  );
  return managers
    .map((manager) => {
      const lines = conflicts
        .filter((conflict) => conflict.manager === manager)
        .map(({ path }) => `- ${pathText(path)}`);
      return [`conflicts with ${managerText(manager)}:`, ...lines].join('\n');
    })
    .join('\n');
}

/** `kubectl apply --server-side` may take over what a client-side `kubectl apply` set and nobody changed since. */
function notAllowed(
  conflicts: readonly Conflict[],
  live: JsonObject,
  manager: string,
  shape: Shape,
): readonly Conflict[] {
  const text = textAt(live, 'metadata', 'annotations', LAST_APPLIED);
  if (manager !== 'kubectl' || text === undefined) return conflicts;
  const applied = parsed(text);
  if (!applied) return conflicts;
  const change = compareTyped(applied, live, shape);
  const changed = union(addedOrModified(change), change.removed);
  const allowed = difference(fieldsOf(applied, shape), changed);
  return conflicts.filter(({ path }) => isEmpty(intersection(singlePath(path), allowed)));
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // an annotation that somebody else wrote
  }
}

const singlePath = (path: readonly string[]): FieldSet =>
  path.reduceRight<FieldSet>((below, edge) => fieldSet([[edge, below]]), MEMBER);
