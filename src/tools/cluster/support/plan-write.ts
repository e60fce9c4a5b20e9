import type { KubeKind, KubeObject, KubernetesReader, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import type { Refusal, Touch } from '../../../core/change.ts';
import type { Effect } from '../../../core/effect.ts';
import type { Draft, Precondition } from '../../../core/plan.ts';
import { targetLabel } from '../../../core/target.ts';
import { targetOfObject } from './find.ts';
import type { Json } from './json.ts';
import { putEffect } from './parts.ts';
import { comparableObject, withoutDefaults } from './quiet.ts';
import { unifiedDiff } from './unified-diff.ts';
import { toYaml } from './yaml.ts';

export const MAX_PREVIEW = 8_000;

/** One object as it is and as the server would make it. */
export interface PlannedWrite {
  readonly kind: KubeKind;
  readonly before: KubeObject | undefined;
  /** Undefined when the server would refuse it. */
  readonly after: KubeObject | undefined;
  readonly object: KubeObject;
  readonly warnings: readonly string[];
  readonly refusal: Refusal | undefined;
}

/** What a draft holds about the objects it writes; actions add `undo` and what only they know. */
export type WriteDraft = Omit<Draft, 'undo'> & Required<Pick<Draft, 'refusals' | 'warnings'>>;

/** Asks the server what it would do. `before` undefined = the object does not exist yet. */
export async function planWrite(
  kubernetes: KubernetesReader,
  write: Exclude<KubeWrite, { verb: 'delete' | 'evict' }>,
  before: KubeObject | undefined,
  signal: AbortSignal,
): Promise<PlannedWrite> {
  const { object: after, warnings, refusal } = await kubernetes.dryRun(write, signal);
  const kind = 'ref' in write ? write.ref.kind : write.kind;
  const named = after ?? before ?? ('object' in write ? write.object : undefined);
  const object = named ?? { apiVersion: kind.version, kind: kind.kind, metadata: { name: '?' } };
  return { kind, before, after: refusal === undefined ? after : undefined, object, warnings, refusal };
}

export function draftOf(planned: readonly PlannedWrite[]): WriteDraft {
  return {
    preview: cutPreview(planned.map(previewOf).join('\n')),
    effects: planned.flatMap(effectsOf),
    preconditions: planned.map(preconditionOf),
    touches: planned.map(touchOf),
    refusals: planned.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal])),
    warnings: planned.flatMap(({ warnings }) => warnings),
  };
}

const effectsOf = ({ kind, after }: PlannedWrite): readonly Effect[] =>
  after === undefined ? [] : putEffect(kind, after);

const touchOf = ({ kind, object, before }: PlannedWrite): Touch => ({
  target: targetOfObject(kind, object),
  verb: before === undefined ? 'create' : 'patch',
});

const preconditionOf = ({ kind, object, before }: PlannedWrite): Precondition =>
  before === undefined ? { target: targetOfObject(kind, object), absent: true } : existing(kind, before);

/** The object must still be this one, in this version. */
export const existing = (kind: KubeKind, object: KubeObject): Precondition => ({
  target: targetOfObject(kind, object),
  uid: object.metadata.uid ?? '',
  version: object.metadata.resourceVersion ?? '',
});

function previewOf({ kind, object, before, after, refusal }: PlannedWrite): string {
  const label = targetLabel(targetOfObject(kind, object));
  if (refusal !== undefined)
    return `${label}: the cluster would refuse it (${refusal.code}): ${refusal.message.slice(0, 600)}`;
  if (after === undefined) return `${label}: the cluster did not say what it would become`;
  const diff = diffObjects(before, after);
  if (before === undefined) return `${label}: new\n${diff}`;
  return diff === '' ? `${label}: no change` : `${label}: changed\n${diff}`;
}

/** Unified difference without status, managed fields and secrets; '' when nothing that matters differs. */
export function diffObjects(before: KubeObject | undefined, after: KubeObject | undefined): string {
  // In a new object the values that the server fills in are noise; in a change every value counts.
  const shape = before === undefined ? withoutDefaults : (object: Json): Json => object;
  const text = (object: KubeObject | undefined): string =>
    object === undefined ? '' : toYaml(shape(comparableObject(object)));
  const diff = unifiedDiff(text(before), text(after), 2);
  return diff === '' && hiddenChange(before, after) ? '~ masked values differ' : diff;
}

/** Masks of equal length look the same although what they hide differs. */
function hiddenChange(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const bare = ({ metadata: _metadata, status: _status, ...rest }: KubeObject): string => JSON.stringify(rest);
  return bare(before) !== bare(after);
}

export function cutPreview(text: string): string {
  if (text.length <= MAX_PREVIEW) return text;
  const cut = text.lastIndexOf('\n', MAX_PREVIEW - 60);
  const kept = text.slice(0, cut <= 0 ? MAX_PREVIEW - 60 : cut);
  return `${kept}\n… ${text.slice(kept.length).split('\n').length} more lines (uninspectable here)`;
}
