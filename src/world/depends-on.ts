import type { DependencyGraph, Edge, Thing } from './dependency-graph.ts';

/** Something that was reached, over which edge, and how many steps away. */
export interface Reached {
  readonly thing: Thing;
  readonly via: Edge;
  readonly depth: number;
}

/** Everything that hangs on a thing (`up`) or that it stands on (`down`), nearest first, each once. */
export function dependsOn(
  { things, carries, standsOn }: DependencyGraph,
  id: string,
  direction: 'up' | 'down',
): readonly Reached[] {
  const edges = direction === 'up' ? carries : standsOn;
  const seen = new Set([id]);
  const found: Reached[] = [];
  let front = [id];
  for (let depth = 1; front.length > 0; depth++) {
    const next: string[] = [];
    for (const at of front)
      for (const edge of edges.get(at) ?? []) {
        const other = direction === 'up' ? edge.upper : edge.lower;
        const thing = things.get(other);
        if (thing === undefined || seen.has(other)) continue;
        seen.add(other);
        next.push(other);
        found.push({ thing, via: edge, depth });
      }
    front = next;
  }
  return found;
}
