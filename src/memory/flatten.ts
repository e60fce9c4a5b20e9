/** One value somewhere in an object. */
export interface Leaf {
  /** Keys from the root, list indexes left out. */
  readonly keys: readonly string[];
  readonly value: string;
}

const MAX_LEAVES = 20_000;
const MAX_DEPTH = 60;

/** Written by the system itself: says nothing about what somebody wants. */
const OWN_METADATA = new Set([
  'managedFields',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'kubectl.kubernetes.io/last-applied-configuration',
]);

/**
 * The values of an object in the order they stand, at most 20,000; empty lists and objects count as a value.
 * Walks with its own stack: depth comes from outside.
 */
export function flatten(root: unknown, options: { readonly skipStatus?: boolean } = {}): Leaf[] {
  const leaves: Leaf[] = [];
  const open: { readonly keys: readonly string[]; readonly node: unknown }[] = [{ keys: [], node: root }];
  for (let next = open.pop(); next !== undefined && leaves.length < MAX_LEAVES; next = open.pop()) {
    const { keys, node } = next;
    if (typeof node !== 'object' || node === null) {
      if (node !== undefined) leaves.push({ keys, value: typeof node === 'string' ? node : JSON.stringify(node) });
      continue;
    }
    const members = Array.isArray(node)
      ? node.map((item) => ({ keys, node: item as unknown }))
      : Object.entries(node)
          .filter(
            ([key]) =>
              !OWN_METADATA.has(key) && !(options.skipStatus === true && keys.length === 0 && key === 'status'),
          )
          .map(([key, item]) => ({ keys: [...keys, key], node: item as unknown }));
    if (members.length === 0) leaves.push({ keys, value: '' });
    if (keys.length < MAX_DEPTH) open.push(...members.reverse());
  }
  return leaves;
}
