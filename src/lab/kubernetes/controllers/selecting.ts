import type { JsonObject } from '../json.ts';
import { matchesSelector } from '../objects/selector.ts';
import type { LabelSelector, Requirement } from './kinds.ts';

type Labels = Readonly<Record<string, string>> | undefined;

const isIn = (value: string | undefined, values: readonly string[]): boolean =>
  value !== undefined && values.includes(value);

const OPERATORS: Readonly<Record<string, (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: isIn,
  NotIn: (value, values) => !isIn(value, values),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value, [limit]) => value !== undefined && Number(value) > Number(limit),
  Lt: (value, [limit]) => value !== undefined && Number(value) < Number(limit),
};

const meets = (labels: Labels, { key, operator, values = [] }: Requirement): boolean =>
  OPERATORS[operator]?.(labels?.[key], values) ?? false;

export const meetsAll = (requirements: readonly Requirement[] | undefined, labels: Labels): boolean =>
  (requirements ?? []).every((requirement) => meets(labels, requirement));

export const hasLabels = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);

/** An empty selector takes everything, a missing one nothing. */
export const selects = (selector: LabelSelector | undefined, labels: Labels): boolean =>
  // A selector is plain JSON; its interface only lacks the index signature.
  matchesSelector(selector as JsonObject | undefined, labels);
