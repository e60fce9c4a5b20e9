import * as z from 'zod';
import { inputError } from '../core/errors.ts';
import type { Lesson } from '../core/lesson.ts';
import { kindOfNode, type NodeId, type NodeKind } from './links.ts';
import { symptomNode, symptomSignature } from './signature.ts';

const Text = z.string().max(20_000);
const Time = z.iso.datetime({ offset: true });

/** What a node of each kind holds. Lessons have a table of their own; a name alone needs no payload. */
const PAYLOADS = {
  /** The words are with the lessons and incidents that share the signature. */
  symptom: z.strictObject({ signature: Text }),
  cause: z.strictObject({ text: Text }),
  fix: z.strictObject({
    text: Text,
    commands: z.array(Text).optional(),
    reversible: z.boolean().optional(),
    verified_at: Time.optional(),
  }),
  guard: z.strictObject({
    when: Text,
    effect: z.enum(['note', 'ask', 'deny']),
    state: z.enum(['proposed', 'shadow', 'active', 'off']),
    pass: z.array(z.unknown()).default([]),
    fail: z.array(z.unknown()).default([]),
    true_positives: z.int().min(0).default(0),
    false_positives: z.int().min(0).default(0),
  }),
  component: z.strictObject({ version: z.string().optional(), seen_at: Time.optional() }),
  resource: z.strictObject({
    cluster: z.string().optional(),
    namespace: z.string().optional(),
    kind: z.string(),
    name: z.string(),
    uid: z.string().optional(),
  }),
  host: z.strictObject({ address: z.string().optional() }),
  incident: z.strictObject({
    fingerprint: z.string(),
    title: Text,
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    opened: Time,
    resolved: Time.optional(),
    known_before: z.boolean().optional(),
  }),
  evidence: z.strictObject({
    type: z.enum(['log', 'event', 'diff', 'metric', 'command', 'url']),
    digest: z.string(),
    excerpt: Text,
  }),
  session: z.strictObject({ title: Text.optional(), client: z.string().optional(), started: Time.optional() }),
  note: z.strictObject({
    title: Text,
    text: z.string().max(1_000_000),
    path: z.string().optional(),
    tags: z.array(z.string()).optional(),
  }),
  decision: z.strictObject({
    title: Text,
    decision: Text,
    reason: Text,
    /** What makes it worth another look: a version, a date, a count. */
    triggers: z.array(Text),
  }),
  entity: z.strictObject({ type: z.string(), observations: z.array(Text) }),
} as const satisfies Partial<Record<NodeKind, z.ZodType>>;

export type PayloadKind = keyof typeof PAYLOADS;
/** Kinds of nodes that hold something of their own. */
export const PAYLOAD_KINDS = Object.keys(PAYLOADS) as readonly PayloadKind[]; // the keys of a constant
export type Payload<K extends PayloadKind> = z.input<(typeof PAYLOADS)[K]>;

/** One node as it is to be kept; `id` starts with its kind. */
export type NodeWrite = {
  [K in PayloadKind]: {
    readonly id: `${K}:${string}`;
    readonly data: Payload<K>;
    /** When it was true (ISO 8601); absent = always. */
    readonly validFrom?: string;
    readonly validTo?: string;
    readonly by: string;
    readonly at: string;
  };
}[PayloadKind];

/** One version of a node: when it was true, and from when to when we held it so. */
export interface GraphNode {
  readonly id: NodeId;
  readonly kind: NodeKind;
  readonly data: unknown;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly recordedAt: string;
  readonly retiredAt?: string;
  readonly by: string;
}

/** The payload as its kind has it. Errors: `unknown_node_kind | invalid_node`. */
export function checkedNode(write: NodeWrite): { readonly kind: PayloadKind; readonly data: unknown } {
  const kind = kindOfNode(write.id);
  if (kind === undefined || !(kind in PAYLOADS))
    throw inputError(
      'unknown_node_kind',
      `Unable to keep the node ${write.id}: it is of no kind that has a payload.`,
      `Kinds: ${Object.keys(PAYLOADS).join(', ')}.`,
    );
  const known = kind as PayloadKind; // it is in the table
  const parsed = PAYLOADS[known].safeParse(write.data);
  if (!parsed.success)
    throw inputError(
      'invalid_node',
      `Unable to keep the node ${write.id}: ${z.prettifyError(parsed.error)}.`,
      `See the fields of ${known} nodes.`,
    );
  return { kind: known, data: parsed.data };
}

/** The payloads that a lesson brings along. */
export function declaredNodes(lesson: Lesson, by: string, at: string): readonly NodeWrite[] {
  const { id, symptom, guard } = lesson;
  const state = lesson.status === 'confirmed' ? 'active' : lesson.status === 'candidate' ? 'proposed' : 'off';
  return [
    { id: symptomNode(symptom), data: { signature: symptomSignature(symptom) }, by, at },
    ...(guard === undefined ? [] : [{ id: `guard:${id}` as const, data: { ...guard, state } as const, by, at }]),
  ];
}
