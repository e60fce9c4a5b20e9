import { canonicalJson } from '../../core/canonical.ts';
import { factsOfLink, lastOfEach } from '../link-rows.ts';
import type { LinkKind, NodeId, NodeKind } from '../links.ts';
import { checkedNode, type GraphNode, type NodeWrite } from '../nodes.ts';
import type { Link, StoredLink } from '../store.ts';
import type { Row, Statement } from './connection.ts';
import * as cypher from './queries.ts';

const PAGE = 500;

const pages = <T>(rows: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(rows.length / PAGE) }, (_, page) => rows.slice(page * PAGE, (page + 1) * PAGE));

/** One statement per kind of link, at most 500 rows each. */
export function linkStatements(links: readonly Link[], declared: boolean, revision: number): Statement[] {
  const byKind = Map.groupBy(lastOfEach(links), ({ kind }) => kind);
  return [...byKind].flatMap(([kind, all]) => {
    const rows = all.map((link) => {
      const { from, to, weight, data, validFrom = null, validTo = null, at } = link;
      const text = data === undefined ? null : JSON.stringify(data);
      return { from, to, weight, data: text, validFrom, validTo, at, declared, facts: factsOfLink(link) };
    });
    return pages(rows).map((page) => ({ text: cypher.SAVE_LINKS[kind], params: { rows: page, revision } }));
  });
}

/** The same node twice in one list: the last one counts. */
export function nodeStatements(nodes: readonly NodeWrite[]): Statement[] {
  const rows = [...new Map(nodes.map((node) => [node.id, node])).values()].map((node) => {
    const { kind, data } = checkedNode(node);
    const { id, by, at, validFrom = null, validTo = null } = node;
    const text = canonicalJson(data);
    return { id, kind, data: text, validFrom, validTo, by, at, facts: canonicalJson({ text, validFrom, validTo }) };
  });
  return pages(rows).map((page) => ({ text: cypher.SAVE_NODES, params: { rows: page } }));
}

const optional = (row: Row, key: string): Readonly<Record<string, string>> =>
  typeof row[key] === 'string' ? { [key]: row[key] } : {};

const times = (row: Row) => ({
  ...optional(row, 'validFrom'),
  ...optional(row, 'validTo'),
  recordedAt: String(row['recordedAt']),
  ...optional(row, 'retiredAt'),
});

/** Only this store writes these relationships, from typed links. */
export const toLink = (row: Row): StoredLink => ({
  from: String(row['from']) as NodeId,
  kind: String(row['kind']) as LinkKind,
  to: String(row['to']) as NodeId,
  weight: Number(row['weight']),
  ...(typeof row['data'] === 'string' && { data: JSON.parse(row['data']) as NonNullable<StoredLink['data']> }),
  ...times(row),
  declared: row['declared'] === true,
  revision: Number(row['revision']),
});

/** Only this store writes these nodes, after their payload was checked. */
export const toNode = (row: Row): GraphNode => ({
  id: String(row['id']) as NodeId,
  kind: String(row['kind']) as NodeKind,
  data: JSON.parse(String(row['data'])) as unknown,
  ...times(row),
  by: String(row['by']),
});
