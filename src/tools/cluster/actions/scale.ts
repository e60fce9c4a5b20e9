import * as z from 'zod';
import type { KubeKind, KubeObject, KubernetesReader, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import type { Effect } from '../../../core/effect.ts';
import { targetLabel } from '../../../core/target.ts';
import { defineAction } from '../../define.ts';
import { refOf } from '../support/find.ts';
import { Name, Namespace } from '../support/inputs.ts';
import { numberAt, textAt } from '../support/json.ts';
import { resolveTarget, targetOf } from '../support/kinds.ts';
import { ownedBy } from '../support/owned.ts';
import { removeEffect } from '../support/parts.ts';
import { draftOf, planWrite } from '../support/plan-write.ts';
import { podState } from '../support/pod-state.ts';
import { verifyRollout } from '../support/rollout.ts';

const Input = z.strictObject({
  kind: z.enum(['Deployment', 'StatefulSet']).default('Deployment'),
  namespace: Namespace,
  name: Name,
  replicas: z.int().min(0).max(500),
});

export default defineAction({
  name: 'cluster_scale',
  title: 'Scale a workload',
  description: 'Set how many replicas a Deployment or StatefulSet has.',
  signature: '{kind?: Deployment|StatefulSet, namespace, name, replicas}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: Input,
  targets: (input) => [targetOf(input)],
  async plan(input, { clients: { kubernetes }, signal }) {
    const target = targetOf(input);
    const kind = await resolveTarget(kubernetes, target, signal);
    const before = await kubernetes.get(refOf(kind, target), signal);
    const planned = await planWrite(kubernetes, writeOf(input, kind), before, signal);
    const draft = draftOf([planned]);
    const now = numberAt(before, 'spec', 'replicas') ?? 1;
    const leaving = await podsThatGo(before, input.replicas, kubernetes, signal);
    return {
      ...draft,
      preview: [`${targetLabel(target)}: ${now} -> ${input.replicas} replicas`, ...leaving.names].join('\n'),
      effects: [...draft.effects, ...leaving.effects],
      undo: `cluster_scale to ${now} replicas.`,
    };
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
    const ref = refOf(await resolveTarget(kubernetes, target, signal), target);
    const replicas = numberAt(await kubernetes.get(ref, signal), 'spec', 'replicas');
    if (replicas !== input.replicas)
      return {
        ok: 'no',
        evidence: [`${targetLabel(target)} wants ${replicas ?? '?'} replicas, not ${input.replicas}`],
      };
    return verifyRollout(kubernetes, ref, ctx);
  },
});

type Input = z.output<typeof Input>;

const writeOf = (input: Input, kind: KubeKind): KubeWrite & { verb: 'patch' } => ({
  verb: 'patch',
  ref: refOf(kind, targetOf(input)),
  type: 'merge',
  body: { spec: { replicas: input.replicas } },
});

/** Which pods a smaller number of replicas takes: the controllers' own order (not ready first, then shared nodes, then the youngest; StatefulSets from the top). */
async function podsThatGo(
  owner: KubeObject,
  replicas: number,
  kubernetes: KubernetesReader,
  signal: AbortSignal,
): Promise<{ names: readonly string[]; effects: readonly Effect[] }> {
  const pods = (await ownedBy(kubernetes, owner, signal)).filter(({ kind }) => kind.kind === 'Pod');
  if (pods.length <= replicas) return { names: [], effects: [] };
  const objects = pods.map(({ object }) => object);
  const order = owner.kind === 'StatefulSet' ? byOrdinal : byWorth(objects);
  const going = pods.toSorted((a, b) => order(a.object, b.object)).slice(0, pods.length - replicas);
  return {
    names: going.map(({ object }) => `Pod ${object.metadata.name}: goes`),
    effects: going.flatMap(({ kind, object }) => removeEffect(kind, object)),
  };
}

const ordinal = ({ metadata }: KubeObject): number => Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
const byOrdinal = (a: KubeObject, b: KubeObject): number => ordinal(b) - ordinal(a);

function byWorth(pods: readonly KubeObject[]): (a: KubeObject, b: KubeObject) => number {
  const perNode = Map.groupBy(pods, (pod) => podState(pod).node);
  const worth = (pod: KubeObject): number =>
    (podState(pod).healthy ? 1000 : 0) - (perNode.get(podState(pod).node)?.length ?? 0);
  const born = (pod: KubeObject): number => Date.parse(textAt(pod, 'metadata', 'creationTimestamp') ?? '') || 0;
  return (a, b) => worth(a) - worth(b) || born(b) - born(a);
}
