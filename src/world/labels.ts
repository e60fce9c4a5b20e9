import type { LabelSelector, Requirement } from './kubernetes/meta.ts';

export type Labels = Readonly<Record<string, string>>;

/** Whether every pair of `wanted` is in `labels`; an empty `wanted` matches everything. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  for (const key in wanted) if (labels[key] !== wanted[key]) return false;
  return true;
}

/** One requirement of a label selector or of a node affinity (`Gt` and `Lt` only there). An unknown operator matches nothing. */
export function meets(labels: Labels, { key, operator, values }: Requirement): boolean {
  const value = labels[key];
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
}

export const matchesSelector = (selector: LabelSelector, labels: Labels): boolean =>
  hasLabels(labels, selector.matchLabels) && selector.matchExpressions.every((each) => meets(labels, each));

/** Finds things by namespace and labels without walking over all of them. */
export interface LabelIndex<T> {
  /** In the order they were given. */
  select(namespace: string, selector: LabelSelector): readonly T[];
}

/** Indexes every pair of label; a selector then walks over the things of its rarest pair only. */
export function indexLabels<T>(
  items: Iterable<T>,
  namespaceOf: (item: T) => string,
  labelsOf: (item: T) => Labels,
): LabelIndex<T> {
  const byNamespace = new Map<string, T[]>();
  const byPair = new Map<string, T[]>();
  for (const item of items) {
    const namespace = namespaceOf(item);
    push(byNamespace, namespace, item);
    const labels = labelsOf(item);
    for (const key in labels) push(byPair, `${namespace}\n${key}=${labels[key]}`, item);
  }
  return {
    select(namespace, selector) {
      let smallest = byNamespace.get(namespace) ?? [];
      for (const [key, value] of Object.entries(selector.matchLabels)) {
        const items = byPair.get(`${namespace}\n${key}=${value}`) ?? [];
        if (items.length < smallest.length) smallest = items;
      }
      return smallest.filter((item) => matchesSelector(selector, labelsOf(item)));
    },
  };
}

export function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const found = lists.get(key);
  if (found === undefined) lists.set(key, [value]);
  else found.push(value);
}
