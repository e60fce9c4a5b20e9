import * as z from 'zod';
import type { KubeKind, KubeObject, KubernetesReader, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import { inputError, notFound } from '../../../core/errors.ts';
import { targetLabel } from '../../../core/target.ts';
import { defineAction } from '../../define.ts';
import { refOf } from '../support/find.ts';
import { Name, Namespace } from '../support/inputs.ts';
import type { Json } from '../support/json.ts';
import { resolveTarget, targetOf } from '../support/kinds.ts';
import { leftOver } from '../support/left-over.ts';
import { draftOf, planWrite } from '../support/plan-write.ts';
import { type Revision, revisionsOf } from '../support/revisions.ts';
import { verifyRollout } from '../support/rollout.ts';

const Input = z.strictObject({
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']).default('Deployment'),
  namespace: Namespace,
  name: Name,
  to_revision: z.int().min(1).max(1_000_000).optional().describe('The one before the current one unless told'),
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'cluster_rollback',
  title: 'Roll back a workload',
  description: 'Return the pod template of a workload to an earlier revision.',
  signature: '{kind?: Deployment|StatefulSet|DaemonSet, namespace, name, to_revision?}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: Input,
  targets: (input) => [targetOf(input)],
  async plan(input, { clients: { kubernetes }, signal }) {
    const { kind, workload, revision, current } = await find(input, kubernetes, signal);
    const planned = await planWrite(kubernetes, writeOf(input, kind, revision.template), workload, signal);
    const draft = draftOf([planned]);
    return {
      ...draft,
      preview: `revision ${current} -> content of revision ${revision.number}\n${draft.preview}`,
      undo: `cluster_rollback to revision ${current}; the controller may have given it a higher number.`,
    };
  },
  async run(input, { clients: { kubernetes }, permit, signal }) {
    const { kind, revision } = await find(input, kubernetes, signal);
    await kubernetes.write(writeOf(input, kind, revision.template), permit, signal);
    return { template: revision.template };
  },
  async verify(input, result, ctx) {
    const {
      clients: { kubernetes },
      signal,
    } = ctx;
    const target = targetOf(input);
    const kind = await resolveTarget(kubernetes, target, signal);
    // After a crash the revision may have been renumbered by the rollback itself, so there is nothing to compare with.
    if (result === undefined)
      return { ok: 'unknown', evidence: [`${targetLabel(target)}: what it was rolled back to is not known any more`] };
    const ref = refOf(kind, target);
    const left = await leftOver(kubernetes, ref, async () => writeOf(input, kind, result.template), signal);
    if (left === undefined) return { ok: 'no', evidence: [`${targetLabel(target)} is not there`] };
    if (left.diff !== '') return { ok: 'no', evidence: [`${targetLabel(target)} does not have the old template`] };
    return verifyRollout(kubernetes, ref, ctx);
  },
});

/** The whole template is replaced, so that fields which the old one lacks go away. */
const writeOf = (input: Input, kind: KubeKind, template: Json): KubeWrite & { verb: 'patch' } => ({
  verb: 'patch',
  ref: refOf(kind, targetOf(input)),
  type: 'json',
  body: [{ op: 'replace', path: '/spec/template', value: template }],
});

async function find(
  input: Input,
  kubernetes: KubernetesReader,
  signal: AbortSignal,
): Promise<{ kind: KubeKind; workload: KubeObject; revision: Revision; current: number }> {
  const target = targetOf(input);
  const label = targetLabel(target);
  const kind = await resolveTarget(kubernetes, target, signal);
  const workload = await kubernetes.get(refOf(kind, target), signal);
  const revisions = await revisionsOf(kubernetes, workload, signal);
  const current = revisions[0]?.number;
  if (current === undefined || revisions.length < 2)
    throw notFound(
      'no_revision',
      `Unable to roll back ${label}: it kept no earlier revision.`,
      'Apply the older manifest instead.',
    );
  const kept = revisions.slice(1).map(({ number }) => number);
  const wanted = input.to_revision ?? kept[0];
  if (wanted === current)
    throw inputError(
      'revision_is_current',
      `Unable to roll back ${label}: revision ${current} is the current one.`,
      `Earlier ones: ${kept.join(', ')}.`,
    );
  const revision = revisions.find(({ number }) => number === wanted);
  if (revision === undefined)
    throw notFound(
      'no_revision',
      `Unable to roll back ${label}: revision ${wanted ?? '?'} is not kept.`,
      `Kept: ${kept.join(', ')}.`,
    );
  return { kind, workload, revision, current };
}
