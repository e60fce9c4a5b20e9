import type { NodeId } from './links.ts';
import type { Neighbour, StoredLink } from './store.ts';

/** What a walk needs of a link. */
export type WalkLink = Pick<StoredLink, 'from' | 'kind' | 'to' | 'weight' | 'data'>;

/** A node with more links than this is a hub: it is reached, and nothing is reached through it. */
export const HUB_DEGREE = 200;

/** Breadth first from `start`; the one walk of every store, so that all of them answer alike. */
export function walk(
  start: NodeId,
  { depth, limit, kinds }: { readonly depth: number; readonly limit: number; readonly kinds?: readonly string[] },
  linksOf: (node: NodeId) => readonly WalkLink[],
): readonly Neighbour[] {
  const seen = new Set<NodeId>([start]);
  const found: Neighbour[] = [];
  let frontier: readonly NodeId[] = [start];
  for (let distance = 1; distance <= depth && frontier.length > 0; distance++) {
    const next: NodeId[] = [];
    for (const at of frontier) {
      const links = linksOf(at).filter((link) => kinds === undefined || kinds.includes(link.kind));
      if (at !== start && links.length > HUB_DEGREE) continue;
      for (const { from, kind, to, weight, data } of links.toSorted(byEnds)) {
        const node = from === at ? to : from;
        if (seen.has(node)) continue;
        seen.add(node);
        next.push(node);
        found.push({ from, kind, to, weight, node, distance, ...(data !== undefined && { data }) });
        if (found.length >= limit) return found;
      }
    }
    frontier = next;
  }
  return found;
}

const ends = ({ from, kind, to }: WalkLink): string => `${from} ${kind} ${to}`;
const byEnds = (a: WalkLink, b: WalkLink): number => (ends(a) < ends(b) ? -1 : ends(a) > ends(b) ? 1 : 0);
