import type { Json, JsonObject, KubeJson } from '../../json.ts';
import { ageOf } from '../duration.ts';
import { at, numberAt, objectAt, objectsAt, textAt } from '../json.ts';
import { selectorText } from '../selector.ts';

/** One column of a resource's table. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date' | 'number';
  readonly format?: 'name';
  /** Shown with `-o wide` only. */
  readonly wide?: true;
  cell(object: KubeJson, now: Date): Json;
}

type Cell = Column['cell'];

export const text = (name: string, cell: Cell): Column => ({ name, type: 'string', cell });
export const integer = (name: string, cell: Cell): Column => ({ name, type: 'integer', cell });
export const yesNo = (name: string, cell: Cell): Column => ({ name, type: 'boolean', cell });
export const wide = (column: Column): Column => ({ ...column, wide: true });

export const NAME: Column = { name: 'Name', type: 'string', format: 'name', cell: ({ metadata }) => metadata.name };
export const AGE = text('Age', ({ metadata }, now) => ageOf(metadata.creationTimestamp, now));
export const CREATED: Column = {
  name: 'Created At',
  type: 'date',
  cell: ({ metadata }) => metadata.creationTimestamp,
};

/** The number at a path, 0 when it is not there. */
export const count = (object: unknown, ...path: string[]): number => numberAt(object, ...path) ?? 0;

/** The text at a path, or what stands for nothing there. */
export const textOr = (object: unknown, none: string, ...path: string[]): string => textAt(object, ...path) || none;

/** A number or text as it reads. */
export const scalar = (value: Json | undefined): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

/** A map of labels: `a=1,b=2`, or `<none>`. */
export const labelsText = (labels: JsonObject | undefined): string =>
  Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${scalar(value)}`)
    .join(',') || '<none>';

const podSpecAt = (object: unknown, path: readonly string[]): JsonObject | undefined => objectAt(object, ...path);

/** The wide columns of everything that has a pod template: the containers, their images, the selector. */
export const templateColumns = (...path: string[]): readonly [Column, Column] => [
  wide(text('Containers', (object) => names(podSpecAt(object, path), 'name'))),
  wide(text('Images', (object) => names(podSpecAt(object, path), 'image'))),
];

const names = (spec: JsonObject | undefined, field: string): string =>
  objectsAt(spec, 'containers')
    .map((container) => textAt(container, field) ?? '')
    .join(',');

export const TEMPLATE = ['spec', 'template', 'spec'] as const;

export const SELECTOR = wide(text('Selector', (object) => selectorText(objectAt(object, 'spec', 'selector'))));

/** `first + 2 more...`: at most three of a list. */
export function upToThree(list: readonly string[], none: string): string {
  if (list.length === 0) return none;
  const shown = list.slice(0, 3).join(',');
  return list.length > 3 ? `${shown} + ${list.length - 3} more...` : shown;
}

/** `True` and `False` of a condition, undefined when it is not there. */
export const conditionStatus = (object: unknown, type: string): string | undefined =>
  textAt(
    objectsAt(object, 'status', 'conditions').find((condition) => at(condition, 'type') === type),
    'status',
  );
