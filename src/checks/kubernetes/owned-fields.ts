import { canonicalJson } from '../../core/canonical.ts';
import type { WorldObject } from '../../world/parts.ts';

/** A field that a change takes from the program that keeps setting it. */
export interface TakenField {
  readonly manager: string;
  /** `spec.replicas` */
  readonly field: string;
}

/**
 * Fields whose value changes and that a program owns (Helm, Flux, Argo CD, an operator, an autoscaler), as far as
 * `managedFields` of the object before tells. People's tools (kubectl) own fields too: they are not asked.
 */
export function takenFields(before: WorldObject, after: unknown): readonly TakenField[] {
  return (before.metadata.managedFields ?? [])
    .filter(({ manager, subresource }) => subresource !== 'status' && isProgram(manager, subresource))
    .flatMap(({ manager, fieldsV1 }) =>
      changedLeaves(fieldsV1, before, after, '').map((field) => ({ manager, field })),
    );
}

const PROGRAMS = /^(helm|fleetagent|rancher|deploy@.*|argocd.*|.*operator.*|.*-controller(-manager)?)$/i;
/** They write what the system itself works out, and take back nothing. */
const SYSTEM = /^(kube|cloud|k3s).*-controller-manager$/;

function isProgram(manager: string, subresource: string | undefined): boolean {
  if (/^(steward|kubectl.*)$/.test(manager)) return false;
  return subresource === 'scale' || (PROGRAMS.test(manager) && !SYSTEM.test(manager));
}

/** Walks a fieldsV1 tree: `f:name` a field, `k:{...}` an item of a keyed list, `v:...` a value of a set, `.` the thing itself. */
function changedLeaves(fields: unknown, before: unknown, after: unknown, path: string): readonly string[] {
  if (!isRecord(fields)) return [];
  const keys = Object.keys(fields).filter((key) => key !== '.');
  if (keys.length === 0) return canonicalJson(before) === canonicalJson(after) ? [] : [path.slice(1)];
  return keys.flatMap((key) => {
    const [step, ...rest] = [key.slice(0, 1), key.slice(2)];
    const name = rest.join('');
    if (step === 'f') return changedLeaves(fields[key], fieldOf(before, name), fieldOf(after, name), `${path}.${name}`);
    if (step === 'k')
      return changedLeaves(fields[key], itemOf(before, name), itemOf(after, name), `${path}[${labelOf(name)}]`);
    return [];
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldOf = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined);

function itemOf(list: unknown, keyText: string): unknown {
  const key = parseKey(keyText);
  if (!Array.isArray(list)) return undefined;
  return list.find((item: unknown) => Object.entries(key).every(([name, value]) => fieldOf(item, name) === value));
}

function parseKey(text: string): Readonly<Record<string, unknown>> {
  try {
    const key: unknown = JSON.parse(text);
    return isRecord(key) ? key : {};
  } catch {
    return {}; // not the format we know: it then matches the first item
  }
}

const labelOf = (keyText: string): string => Object.values(parseKey(keyText)).join(',');
