import * as z from 'zod';
import { canonicalJson, sha256 } from '../../core/canonical.ts';
import type { JournalEntry } from '../../core/gate.ts';
import { redactText } from '../../core/redact.ts';

/** What happened, as one word; stable, since people and alerts match on it. */
export const EVENTS = [
  'plan_proposed',
  'plan_denied',
  /** No plan was made: out of scope, frozen, unreadable. */
  'plan_rejected',
  'approval_needed',
  'approval_given',
  /** The person behind the client said no, or closed the question; a person elsewhere may still approve. */
  'approval_declined',
  /** Final. */
  'approval_refused',
  /** Nothing ran and the plan stays as it was. */
  'apply_refused',
  'intent',
  /** Nothing ran although the intent was written; the plan is used up. */
  'not_executed',
  'outcome',
  'recovered',
  'frozen',
  'thawed',
] as const;
export type Event = (typeof EVENTS)[number];

/** What the caller knows; the journal adds number, time and the link to the entry before. */
export interface NewEntry {
  readonly event: Event;
  readonly plan?: string;
  readonly principal: string;
  readonly action?: string;
  readonly targets?: readonly string[];
  readonly summary: string;
  /** Facts of the event, read back by the guard. */
  readonly data?: unknown;
}

/** The hashed text of an entry. */
export const EntryBody = z.looseObject({
  seq: z.int(),
  at: z.string(),
  event: z.enum(EVENTS),
  plan: z.string().optional(),
  principal: z.string(),
  action: z.string().optional(),
  targets: z.array(z.string()),
  summary: z.string(),
  data: z.unknown().optional(),
  prev: z.string(),
});
export type EntryBody = z.output<typeof EntryBody>;

export interface Link {
  readonly seq: number;
  readonly hash: string;
}

/** What the first entry is linked to. */
export const GENESIS: Link = { seq: 0, hash: '0'.repeat(64) };

export interface Row {
  readonly seq: number;
  readonly body: string;
  readonly hash: string;
}

/** Makes the row that follows `last`: its text holds the hash of the row before, its hash covers the whole text. */
export function sealEntry(entry: NewEntry, at: Date, last: Link): Row {
  const seq = last.seq + 1;
  const summary = redactText(entry.summary);
  const facts = { ...entry, summary, targets: entry.targets ?? [] };
  const body = canonicalJson({ ...facts, seq, at: at.toISOString(), prev: last.hash });
  return { seq, body, hash: sha256(body) };
}

/** Throws for a text that is no entry: nothing may go on as if it said nothing. */
export const parseBody = (body: string): EntryBody => EntryBody.parse(JSON.parse(body));

/** Undefined for a text that is no entry. */
export function readBody(body: string): EntryBody | undefined {
  try {
    return EntryBody.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** What a list shows; an entry that cannot be read shows as that, so that it does not hide the others. */
export function toJournalEntry(row: Row): JournalEntry {
  const body = readBody(row.body);
  if (body === undefined)
    return { seq: row.seq, at: '', event: 'unreadable', principal: '', targets: [], summary: '', hash: row.hash };
  const { at, event, plan, principal, action, targets, summary } = body;
  return {
    seq: row.seq,
    at,
    event,
    ...(plan !== undefined && { plan }),
    principal,
    ...(action !== undefined && { action }),
    targets,
    summary,
    hash: row.hash,
  };
}
