import type { JsonObject } from '../json.ts';
import { matchesSelector } from '../objects/selector.ts';
import type { LabelSelector, Requirement } from './kinds.ts';

type Labels = Readonly<Record<string, string>> | undefined;

const meets = (labels: Labels, { key, operator, values = [] }: Requirement): boolean => {
  const value = labels?.[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
};

export const meetsAll = (requirements: readonly Requirement[] | undefined, labels: Labels): boolean =>
  (requirements ?? []).every((requirement) => meets(labels, requirement));

export const hasLabels = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);

/** An empty selector takes everything, a missing one nothing. */
export const selects = (selector: LabelSelector | undefined, labels: Labels): boolean =>
  // A selector is plain JSON; its interface only lacks the index signature.
  matchesSelector(selector as JsonObject | undefined, labels);
