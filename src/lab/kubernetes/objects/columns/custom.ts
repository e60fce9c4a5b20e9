import type { Json, JsonObject, KubeJson } from '../../json.ts';
import { ageOf } from '../duration.ts';
import { at, isObject, numberAt, textAt } from '../json.ts';
import { type Column, NAME, scalar } from './column.ts';

/** The columns of a custom resource, from its CRD version's `additionalPrinterColumns`; Name and Age without them. */
export function customColumns(definitions: readonly JsonObject[]): readonly Column[] {
  if (definitions.length === 0)
    return [NAME, column({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' })];
  return [NAME, ...definitions.map(column)];
}

const TYPES = new Set(['string', 'integer', 'boolean', 'date', 'number'] as const);

function column(definition: JsonObject): Column {
  const type = [...TYPES].find((known) => known === textAt(definition, 'type')) ?? 'string';
  const path = textAt(definition, 'jsonPath') ?? '';
  return {
    name: textAt(definition, 'name') ?? '',
    type,
    ...((numberAt(definition, 'priority') ?? 0) > 0 && { wide: true as const }),
    cell: (object, now) => cell(readPath(object, path), type, now),
  };
}

function cell(found: readonly Json[], type: Column['type'], now: Date): Json {
  const [value] = found;
  if (value === undefined) return null;
  if (type === 'date') return ageOf(value, now);
  if (type !== 'string') return value;
  return found.map((item) => (isObject(item) || Array.isArray(item) ? JSON.stringify(item) : scalar(item))).join(',');
}

/** The part of JSONPath that printer columns use: `.a.b`, `.list[0]`, `.list[*].x`, `.list[?(@.type=="Ready")].status`. */
export function readPath(object: KubeJson | Json, path: string): readonly Json[] {
  const steps = path.match(/\[\?\(@\.[^\]]+\)\]|\[\*\]|\[\d+\]|\['[^']+'\]|(?:\\.|[^.[\]{}])+/g) ?? [];
  return steps.reduce<readonly Json[]>((found, step) => found.flatMap((item) => take(item, step)), [object as Json]);
}

function take(item: Json, step: string): readonly Json[] {
  const filter = /^\[\?\(@\.([^=\s]+)\s*==\s*["']?([^"')]*)["']?\)\]$/.exec(step);
  if (filter) {
    const [, field = '', wanted] = filter;
    return Array.isArray(item) ? item.filter((entry) => scalar(at(entry, ...field.split('.'))) === wanted) : [];
  }
  if (step === '[*]') return Array.isArray(item) ? item : isObject(item) ? Object.values(item) : [];
  const index = /^\[(\d+)\]$/.exec(step)?.[1];
  if (index !== undefined) return Array.isArray(item) ? item.slice(Number(index), Number(index) + 1) : [];
  const found = at(item, step.replace(/^\['(.+)'\]$/, '$1').replaceAll('\\', ''));
  return found === undefined || found === null ? [] : [found];
}
