import * as z from 'zod';
import type { KubeKind, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import { targetLabel } from '../../../core/target.ts';
import { defineAction } from '../../define.ts';
import { refOf } from '../support/find.ts';
import { Name, Namespace } from '../support/inputs.ts';
import { textAt } from '../support/json.ts';
import { resolveTarget, targetOf } from '../support/kinds.ts';
import { draftOf, planWrite } from '../support/plan-write.ts';
import { verifyRollout } from '../support/rollout.ts';

/** The annotation that `kubectl rollout restart` sets. */
const STAMP = 'kubectl.kubernetes.io/restartedAt';

const Input = z.strictObject({
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']).default('Deployment'),
  namespace: Namespace,
  name: Name,
});

export default defineAction({
  name: 'cluster_restart',
  title: 'Restart a workload',
  description: 'Replace the pods of a workload one after another, with the same template.',
  signature: '{kind?: Deployment|StatefulSet|DaemonSet, namespace, name}',
  reversibility: 'externally_reversible',
  needs: ['kubernetes'],
  input: Input,
  targets: (input) => [targetOf(input)],
  async plan(input, { clients: { kubernetes }, now, signal }) {
    const target = targetOf(input);
    const kind = await resolveTarget(kubernetes, target, signal);
    const before = await kubernetes.get(refOf(kind, target), signal);
    const draft = draftOf([await planWrite(kubernetes, writeOf(input, kind, now), before, signal)]);
    return {
      ...draft,
      preview: `${targetLabel(target)}: every pod is replaced, same template`,
      undo: 'Nothing to undo: the same template runs.',
    };
  },
  async run(input, { clients: { kubernetes }, now, permit, signal }) {
    const kind = await resolveTarget(kubernetes, targetOf(input), signal);
    await kubernetes.write(writeOf(input, kind, now), permit, signal);
    return { stamp: now.toISOString() };
  },
  async verify(input, result, ctx) {
    const {
      clients: { kubernetes },
      signal,
    } = ctx;
    const target = targetOf(input);
    const ref = refOf(await resolveTarget(kubernetes, target, signal), target);
    const stamp = textAt(await kubernetes.get(ref, signal), 'spec', 'template', 'metadata', 'annotations', STAMP);
    const seen = `${targetLabel(target)}: restarted at ${stamp ?? 'no time noted'}`;
    if (result === undefined) return { ok: 'unknown', evidence: [seen] };
    if (stamp !== result.stamp) return { ok: 'no', evidence: [seen] };
    return verifyRollout(kubernetes, ref, ctx);
  },
});

type Input = z.output<typeof Input>;

const writeOf = (input: Input, kind: KubeKind, now: Date): KubeWrite & { verb: 'patch' } => ({
  verb: 'patch',
  ref: refOf(kind, targetOf(input)),
  type: 'strategic',
  body: { spec: { template: { metadata: { annotations: { [STAMP]: now.toISOString() } } } } },
});
