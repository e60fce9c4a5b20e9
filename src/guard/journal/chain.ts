import { sha256 } from '../../core/canonical.ts';
import { GENESIS, type Link, type Row, readBody } from './entry.ts';

export interface ChainVerdict {
  readonly ok: boolean;
  readonly entries: number;
  readonly broken?: { readonly seq: number; readonly reason: string };
}

/**
 * Walks the log in order and names the first entry that does not fit.
 * `head` is the last link as the database knows it, `anchor` as the file beside it knows it:
 * a chain that is longer than the log means that entries were cut off its end.
 */
export function verifyChain(rows: Iterable<Row>, head: Link | undefined, anchor: Link | undefined): ChainVerdict {
  let last = GENESIS;
  let entries = 0;
  for (const row of rows) {
    const reason = faultOf(row, last) ?? anchorFault(row, anchor);
    if (reason !== undefined) return { ok: false, entries, broken: { seq: last.seq + 1, reason } };
    last = row;
    entries++;
  }
  const reason = endFault(last, head ?? GENESIS, anchor);
  return reason === undefined ? { ok: true, entries } : { ok: false, entries, broken: { seq: last.seq + 1, reason } };
}

function faultOf(row: Row, last: Link): string | undefined {
  if (row.seq !== last.seq + 1) return `missing: entry ${last.seq + 1} is not there`;
  if (sha256(row.body) !== row.hash) return 'altered: its text does not give its hash';
  const body = readBody(row.body);
  if (body === undefined) return 'altered: its text cannot be read';
  if (body.seq !== row.seq) return `reordered: it says that it is entry ${body.seq}`;
  if (body.prev !== last.hash) return 'altered: it does not follow the entry before it';
  return undefined;
}

const anchorFault = (row: Row, anchor: Link | undefined): string | undefined =>
  anchor !== undefined && row.seq === anchor.seq && row.hash !== anchor.hash
    ? 'anchor mismatch: the chain up to here was rewritten'
    : undefined;

function endFault(last: Link, head: Link, anchor: Link | undefined): string | undefined {
  const known = Math.max(head.seq, anchor?.seq ?? 0);
  if (known > last.seq)
    return `chain longer than log: entries up to ${known} were written, the log ends at ${last.seq}`;
  if (head.seq < last.seq) return `log longer than chain: the chain ends at ${head.seq}`;
  if (head.hash !== last.hash) return 'anchor mismatch: the last entry is not the one that was written last';
  return undefined;
}
