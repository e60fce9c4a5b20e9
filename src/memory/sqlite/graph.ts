import type Database from 'better-sqlite3';
import { canonicalJson } from '../../core/canonical.ts';
import { type AsOf, isKnownThen, isValidThen } from '../as-of.ts';
import { factsOfLink, lastOfEach } from '../link-rows.ts';
import { type DeclaredLink, kindOfNode, type LinkKind, type NodeId, type NodeKind } from '../links.ts';
import { checkedNode, type GraphNode, type NodeWrite } from '../nodes.ts';
import type { Link, StoredLink } from '../store.ts';
import * as sql from './queries.ts';

/** Written by this class alone, from typed links and nodes: rows are taken at their word. */
interface LinkRow {
  readonly seq: number;
  readonly src: NodeId;
  readonly kind: LinkKind;
  readonly dst: NodeId;
  readonly declared: number;
  readonly weight: number;
  readonly data: string | null;
  readonly valid_from: string | null;
  readonly valid_to: string | null;
  readonly recorded_at: string;
  readonly retired_at: string | null;
  readonly revision: number;
}

interface NodeRow {
  readonly id: NodeId;
  readonly kind: NodeKind;
  readonly data: string;
  readonly valid_from: string | null;
  readonly valid_to: string | null;
  readonly recorded_at: string;
  readonly retired_at: string | null;
  readonly by: string;
}

/** Links and node payloads in the file, every version of them; runs inside the store's transactions. */
export class SqliteGraph {
  readonly #query: (text: string) => Database.Statement;

  constructor(query: (text: string) => Database.Statement) {
    this.#query = query;
  }

  /** What a lesson states now; what it no longer states is retired. */
  declare(from: NodeId, links: readonly Link[], at: string, revision: number): void {
    const stated = new Set(links.map(({ kind, to }) => `${kind} ${to}`));
    const before = this.#query(sql.DECLARED_BY).all(from) as Pick<LinkRow, 'seq' | 'kind' | 'dst'>[];
    for (const { seq, kind, dst } of before)
      if (!stated.has(`${kind} ${dst}`)) this.#query(sql.RETIRE_LINK).run({ seq, at, revision });
    for (const link of links) this.#put(link, true, revision, before.length > 0);
  }

  link(links: readonly Link[], revision: number): void {
    for (const link of lastOfEach(links)) this.#put(link, false, revision, true);
  }

  unlink(links: readonly DeclaredLink[], at: string, revision: number): void {
    for (const link of links) {
      const held = this.#held(link, false);
      if (held !== undefined) this.#query(sql.RETIRE_LINK).run({ seq: held.seq, at, revision });
    }
  }

  foundLinks(revision: number): readonly StoredLink[] {
    return (this.#query(sql.FOUND_LINKS).all(revision) as LinkRow[]).map(toLink);
  }

  linksOf(node: NodeId): readonly StoredLink[] {
    return (this.#query(sql.LINKS_OF).all({ node }) as LinkRow[]).map(toLink);
  }

  saveNodes(nodes: readonly NodeWrite[]): void {
    for (const [write, { kind, data }] of nodes.map((one) => [one, checkedNode(one)] as const)) {
      const { id, by, at, validFrom = null, validTo = null } = write;
      const text = canonicalJson(data);
      const held = this.#query(sql.LIVE_NODE).get(id) as NodeRow | undefined;
      if (held?.data === text && held.valid_from === validFrom && held.valid_to === validTo) continue;
      if (held !== undefined) this.#query(sql.RETIRE_NODE).run({ id, at });
      this.#query(sql.SAVE_NODE).run({ id, kind, data: text, validFrom, validTo, at, by });
    }
  }

  node(id: NodeId, asOf?: AsOf): GraphNode | undefined {
    return this.history(id).findLast((one) => isKnownThen(one, asOf) && isValidThen(one, asOf));
  }

  list(query: {
    readonly kind: NodeKind;
    readonly after: string;
    readonly limit: number;
    readonly known: string | null;
    readonly day: string | null;
  }): readonly GraphNode[] {
    return (this.#query(sql.LIST_NODES).all(query) as NodeRow[]).map(toNode);
  }

  history(id: NodeId): readonly GraphNode[] {
    return (this.#query(sql.NODE_VERSIONS).all({ id, kind: kindOfNode(id) ?? '' }) as NodeRow[]).map(toNode);
  }

  #put(link: Link, declared: boolean, revision: number, mayExist: boolean): void {
    const held = mayExist ? this.#held(link, declared) : undefined;
    if (held !== undefined) {
      if (factsOfLink(toLink(held)) === factsOfLink(link)) return;
      this.#query(sql.RETIRE_LINK).run({ seq: held.seq, at: link.at, revision });
    }
    const { from, kind, to, weight, data, validFrom = null, validTo = null, at } = link;
    const row = { from, kind, to, weight, validFrom, validTo, at, revision, declared: declared ? 1 : 0 };
    this.#query(sql.SAVE_LINK).run({ ...row, data: data === undefined ? null : JSON.stringify(data) });
  }

  #held({ from, kind, to }: DeclaredLink, declared: boolean): LinkRow | undefined {
    return this.#query(sql.LIVE_LINK).get({ from, kind, to, declared: declared ? 1 : 0 }) as LinkRow | undefined;
  }
}

const times = (row: Pick<LinkRow, 'valid_from' | 'valid_to' | 'recorded_at' | 'retired_at'>) => ({
  ...(row.valid_from !== null && { validFrom: row.valid_from }),
  ...(row.valid_to !== null && { validTo: row.valid_to }),
  recordedAt: row.recorded_at,
  ...(row.retired_at !== null && { retiredAt: row.retired_at }),
});

const toLink = (row: LinkRow): StoredLink => ({
  from: row.src,
  kind: row.kind,
  to: row.dst,
  weight: row.weight,
  ...(row.data !== null && { data: JSON.parse(row.data) as NonNullable<StoredLink['data']> }),
  ...times(row),
  declared: row.declared === 1,
  revision: row.revision,
});

const toNode = (row: NodeRow): GraphNode => ({
  id: row.id,
  kind: row.kind,
  data: JSON.parse(row.data) as unknown,
  ...times(row),
  by: row.by,
});
