import { hashOf } from '../core/canonical.ts';
import { type AsOf, isKnownThen, isValidThen } from './as-of.ts';
import { factsOfLink, isLinkThen, lastOfEach, linkKey, storedLink } from './link-rows.ts';
import type { DeclaredLink, NodeId } from './links.ts';
import { checkedNode, type GraphNode, type NodeWrite } from './nodes.ts';
import type { LessonStore, Link, Neighbour, StoredLink } from './store.ts';
import { walk } from './walk.ts';

/** Links and node payloads of the in-memory store, every version of them. */
export class InMemoryGraph {
  readonly #links: StoredLink[] = [];
  readonly #at = new Map<NodeId, number[]>();
  /** Positions of the links that are held now, by key; declared and found ones apart. */
  readonly #live = { declared: new Map<string, number>(), found: new Map<string, number>() };
  readonly #nodes = new Map<NodeId, GraphNode[]>();

  /** What a lesson states now; what it no longer states is retired. */
  declare(from: NodeId, links: readonly Link[], at: string, revision: number): void {
    const stated = new Set(links.map(linkKey));
    for (const position of this.#at.get(from) ?? []) {
      const link = this.#links[position];
      if (link?.declared === true && link.from === from && link.retiredAt === undefined && !stated.has(linkKey(link)))
        this.#retire('declared', position, at, revision);
    }
    for (const link of links) this.#put(link, 'declared', revision);
  }

  link(links: readonly Link[], revision: number): void {
    for (const link of lastOfEach(links)) this.#put(structuredClone(link), 'found', revision);
  }

  unlink(links: readonly DeclaredLink[], at: string, revision: number): void {
    for (const link of links) {
      const position = this.#live.found.get(linkKey(link));
      if (position !== undefined) this.#retire('found', position, at, revision);
    }
  }

  foundLinks(after: number): readonly StoredLink[] {
    return structuredClone(this.#links.filter(({ declared, revision }) => !declared && revision > after));
  }

  neighbours(node: NodeId, options: Parameters<LessonStore['neighbours']>[1]): readonly Neighbour[] {
    return walk(node, options, (at) =>
      (this.#at.get(at) ?? []).flatMap((position) => {
        const link = this.#links[position];
        return link !== undefined && isLinkThen(link, options.asOf) ? [link] : [];
      }),
    );
  }

  saveNodes(nodes: readonly NodeWrite[]): void {
    for (const [write, { kind, data }] of nodes.map((one) => [one, checkedNode(one)] as const)) {
      const { id, validFrom, validTo, by, at } = write;
      const versions = this.#nodes.get(id) ?? [];
      const held = versions.findIndex(({ retiredAt }) => retiredAt === undefined);
      const before = versions[held];
      const times = { ...(validFrom !== undefined && { validFrom }), ...(validTo !== undefined && { validTo }) };
      if (before && hashOf(contentOf(before)) === hashOf({ data, ...times })) continue;
      if (before) versions[held] = { ...before, retiredAt: at };
      versions.push({ id, kind, data: structuredClone(data), ...times, recordedAt: at, by });
      this.#nodes.set(id, versions);
    }
  }

  node(id: NodeId, asOf?: AsOf): GraphNode | undefined {
    const found = this.#nodes.get(id)?.findLast((one) => isKnownThen(one, asOf) && isValidThen(one, asOf));
    return structuredClone(found);
  }

  list({ kind, after, limit, asOf }: Parameters<LessonStore['nodes']>[0]): readonly GraphNode[] {
    const ids = [...this.#nodes.keys()].filter((id) => id.startsWith(`${kind}:`) && id > (after ?? ''));
    return ids
      .sort()
      .flatMap((id) => this.node(id, asOf) ?? [])
      .slice(0, limit);
  }

  history(id: NodeId): readonly GraphNode[] {
    return structuredClone(this.#nodes.get(id) ?? []);
  }

  #put(link: Link, table: 'declared' | 'found', revision: number): void {
    const key = linkKey(link);
    const held = this.#live[table].get(key);
    const before = held === undefined ? undefined : this.#links[held];
    if (held !== undefined && before !== undefined) {
      if (factsOfLink(before) === factsOfLink(link)) return;
      this.#retire(table, held, link.at, revision);
    }
    const position = this.#links.push(storedLink(link, table === 'declared', revision)) - 1;
    this.#live[table].set(key, position);
    for (const end of new Set([link.from, link.to])) {
      const positions = this.#at.get(end);
      if (positions === undefined) this.#at.set(end, [position]);
      else positions.push(position);
    }
  }

  #retire(table: 'declared' | 'found', position: number, at: string, revision: number): void {
    const link = this.#links[position];
    if (link === undefined) return;
    this.#links[position] = { ...link, retiredAt: at, revision };
    this.#live[table].delete(linkKey(link));
  }
}

const contentOf = ({ data, validFrom, validTo }: GraphNode) => ({
  data,
  ...(validFrom !== undefined && { validFrom }),
  ...(validTo !== undefined && { validTo }),
});
