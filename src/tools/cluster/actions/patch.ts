import { parse } from 'yaml';
import * as z from 'zod';
import type { KubeKind, KubeRef, KubernetesReader, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import { inputError } from '../../../core/errors.ts';
import { targetLabel } from '../../../core/target.ts';
import { defineAction } from '../../define.ts';
import { findObject, refOf } from '../support/find.ts';
import { Kind, Name, Namespace } from '../support/inputs.ts';
import { resolveTarget, targetOf } from '../support/kinds.ts';
import { type LeftOver, leftOver } from '../support/left-over.ts';
import { draftOf, planWrite } from '../support/plan-write.ts';
import { ROLLOUT_KINDS, verifyRollout } from '../support/rollout.ts';

const Input = z.strictObject({
  kind: Kind,
  namespace: Namespace.optional(),
  name: Name,
  type: z.enum(['strategic', 'merge', 'json']).default('strategic').describe('json = list of JSON Patch operations'),
  patch: z.string().min(2).max(100_000).describe('The patch as YAML or JSON text'),
});

export default defineAction({
  name: 'cluster_patch',
  title: 'Patch an object',
  description: 'Change some fields of one object.',
  signature: '{kind, namespace?, name, patch: YAML or JSON text, type?: strategic|merge|json}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: Input,
  targets: (input) => [targetOf(input)],
  async plan(input, { clients: { kubernetes }, signal }) {
    const target = targetOf(input);
    const kind = await resolveTarget(kubernetes, target, signal);
    const before = await kubernetes.get(refOf(kind, target), signal);
    const planned = await planWrite(kubernetes, writeOf(input, kind), before, signal);
    return { ...draftOf([planned]), undo: 'cluster_patch with the values on the lines marked "-".' };
  },
  async run(input, { clients: { kubernetes }, permit, signal }) {
    const kind = await resolveTarget(kubernetes, targetOf(input), signal);
    await kubernetes.write(writeOf(input, kind), permit, signal);
  },
  async verify(input, _result, ctx) {
    const {
      clients: { kubernetes },
      signal,
    } = ctx;
    const target = targetOf(input);
    const label = targetLabel(target);
    const kind = await resolveTarget(kubernetes, target, signal);
    const ref = refOf(kind, target);
    // A JSON patch may not be repeatable (remove, test, add to a list): then it cannot be seen this way.
    const isRepeatable = input.type !== 'json';
    const left = isRepeatable
      ? await leftOver(kubernetes, ref, async () => writeOf(input, kind), signal)
      : await readBack(kubernetes, ref, signal);
    if (left === undefined) return { ok: 'no', evidence: [`${label} is not there`] };
    if (left.diff !== '') return { ok: 'no', evidence: [`${label} does not hold the patched values`] };
    if (ROLLOUT_KINDS.includes(kind.kind)) return verifyRollout(kubernetes, ref, ctx);
    if (!isRepeatable && !jsonHolds(left.live, bodyOf(input)))
      return { ok: 'unknown', evidence: [`${label} was read back, and a JSON patch cannot be compared`] };
    return { ok: 'yes', evidence: [`${label} holds the patched values`] };
  },
});

type Input = z.output<typeof Input>;

async function readBack(
  kubernetes: KubernetesReader,
  ref: KubeRef,
  signal: AbortSignal,
): Promise<LeftOver | undefined> {
  const live = await findObject(kubernetes, ref, signal);
  return live && { live, diff: '' };
}

const writeOf = (input: Input, kind: KubeKind): KubeWrite & { verb: 'patch' } => ({
  verb: 'patch',
  ref: refOf(kind, targetOf(input)),
  type: input.type,
  body: bodyOf(input),
});

function bodyOf({ patch, type }: Input): unknown {
  const body = parsePatch(patch);
  if (type === 'json' ? Array.isArray(body) : typeof body === 'object' && body !== null && !Array.isArray(body))
    return body;
  throw inputError(
    'patch_unreadable',
    `Unable to read the patch: ${type === 'json' ? 'a JSON patch is a list of operations' : `a ${type} patch is an object`}.`,
    'Send the patch as YAML or JSON text of the shape that its type asks for.',
  );
}

function parsePatch(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (cause) {
    throw inputError(
      'patch_unreadable',
      `Unable to read the patch: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'it is not YAML'}.`,
      'Send YAML or JSON text.',
    );
  }
}

/** Whether every `add` and `replace` of a JSON patch is now so; other operations cannot be told from the outside. */
function jsonHolds(object: unknown, operations: unknown): boolean {
  if (!Array.isArray(operations)) return false;
  return operations.every((operation: unknown) => {
    const step = z.looseObject({ op: z.string(), path: z.string(), value: z.unknown() }).safeParse(operation);
    if (!step.success || !['add', 'replace'].includes(step.data.op)) return false;
    const keys = step.data.path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    let current: unknown = object;
    for (const key of keys) current = (current as Record<string, unknown> | undefined)?.[key]; // sound: only read, and undefined stops it
    return JSON.stringify(current) === JSON.stringify(step.data.value);
  });
}
