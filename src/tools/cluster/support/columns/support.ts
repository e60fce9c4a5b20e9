import type { KubeObject } from '../../../../clients/kubernetes/contract.ts';
import { age } from '../age.ts';
import { listAt, numberAt, textAt } from '../json.ts';

/** How the objects of one kind are listed: kubectl's columns, the useful ones. */
export interface Columns {
  readonly titles: readonly string[];
  cells(object: KubeObject, now: Date): readonly string[];
  /** Whether somebody should look at it. */
  isAbnormal(object: KubeObject): boolean;
}

/** Kind -> its columns, when it belongs to that API group. */
export type ColumnsByKind = Readonly<Record<string, Columns & { readonly group: string }>>;

export const born = (object: KubeObject, now: Date): string =>
  age(textAt(object, 'metadata', 'creationTimestamp'), now);
export const text = (object: KubeObject, ...path: readonly string[]): string => textAt(object, ...path) || '-';
export const number = (object: KubeObject, ...path: readonly string[]): number => numberAt(object, ...path) ?? 0;
export const isGoing = (object: KubeObject): boolean => textAt(object, 'metadata', 'deletionTimestamp') !== undefined;

export const condition = (object: KubeObject, type: string): string | undefined => {
  const found = listAt(object, 'status', 'conditions').find((one) => one['type'] === type);
  return textAt(found, 'status');
};
