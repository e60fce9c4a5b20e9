import * as z from 'zod';
import type { KubeObject, KubernetesWriter } from '../../../clients/kubernetes/contract.ts';
import type { Touch } from '../../../core/change.ts';
import { inputError, isStewardError, StewardError } from '../../../core/errors.ts';
import type { Permit } from '../../../core/permit.ts';
import { defineAction } from '../../define.ts';
import { cordonWrite, isCordoned, nodeKind, nodeTarget } from '../support/cordon.ts';
import { type NodePods, podsOnNode } from '../support/evictable.ts';
import { findObject, refOf, targetOfObject } from '../support/find.ts';
import { Name } from '../support/inputs.ts';
import { idOf, removeEffect } from '../support/parts.ts';
import { pause } from '../support/pause.ts';
import { cutPreview, draftOf, planWrite } from '../support/plan-write.ts';

/** Waits before the next try while a PodDisruptionBudget says no; the last one repeats. */
const BACKOFF_MS = [500, 1_000, 2_000, 5_000] as const;

export default defineAction({
  name: 'cluster_drain',
  title: 'Drain a node',
  description: 'Cordon a node and evict its pods, honouring PodDisruptionBudgets. DaemonSet and static pods stay.',
  signature: '{node, delete_unmanaged?: also pods that no controller makes again, max_wait_seconds?: 30-900}',
  reversibility: 'externally_reversible',
  needs: ['kubernetes'],
  input: z.strictObject({
    node: Name,
    delete_unmanaged: z.boolean().default(false),
    max_wait_seconds: z.int().min(30).max(900).default(300),
  }),
  targets: ({ node }) => [nodeTarget(node)],
  async plan({ node, delete_unmanaged }, { clients: { kubernetes }, signal }) {
    const kind = await nodeKind(kubernetes, signal);
    const before = await kubernetes.get({ kind, name: node }, signal);
    const pods = await podsOnNode(kubernetes, node, signal);
    refuseBare(node, pods, delete_unmanaged);
    const draft = draftOf([await planWrite(kubernetes, cordonWrite(kind, node, true), before, signal)]);
    const podKind = await kubernetes.kind('v1/Pod', signal);
    return {
      ...draft,
      preview: previewOf(node, pods, isCordoned(before)),
      effects: [...draft.effects, ...pods.evict.flatMap((pod) => removeEffect(podKind, pod))],
      touches: [
        ...draft.touches,
        ...pods.evict.map((pod): Touch => ({ target: targetOfObject(podKind, pod), verb: 'evict' })),
      ],
      undo: 'cluster_uncordon; evicted pods stay where their controllers put them.',
    };
  },
  async run({ node, max_wait_seconds }, ctx) {
    const {
      clients: { kubernetes },
      permit,
      signal,
    } = ctx;
    await kubernetes.write(cordonWrite(await nodeKind(kubernetes, signal), node, true), permit, signal);
    const planned = new Set(
      permit.touches.flatMap(({ target, verb }) =>
        verb === 'evict' ? [`${target.namespace ?? ''}/${target.name}`] : [],
      ),
    );
    const pods = (await podsOnNode(kubernetes, node, signal)).evict.filter((pod) => planned.has(idOf(pod)));
    const budget = { leftMs: max_wait_seconds * 1000 };
    for (const [index, pod] of pods.entries()) {
      ctx.progress(`evicting ${index + 1} of ${pods.length}: Pod ${idOf(pod)}`);
      await evict(pod, kubernetes, permit, budget, ctx);
    }
    return { evicted: pods.map((pod) => ({ id: idOf(pod), uid: pod.metadata.uid })) };
  },
  async verify({ node }, _result, { clients: { kubernetes }, signal }) {
    const live = await kubernetes.get({ kind: await nodeKind(kubernetes, signal), name: node }, signal);
    const left = (await podsOnNode(kubernetes, node, signal)).evict;
    const evidence = [
      `Node ${node} ${isCordoned(live) ? 'takes no new pods' : 'still takes new pods'}`,
      left.length === 0
        ? 'no pod is left but DaemonSet and static ones'
        : `left on it: ${left.slice(0, 10).map(idOf).join(', ')}`,
    ];
    return { ok: isCordoned(live) && left.length === 0 ? 'yes' : 'no', evidence };
  },
});

function refuseBare(node: string, { bare }: NodePods, allowed: boolean): void {
  if (bare.length === 0 || allowed) return;
  throw inputError(
    'unmanaged_pods',
    `Unable to plan the drain of ${node}: no controller would make these pods again: ${bare.slice(0, 10).map(idOf).join(', ')}.`,
    'Move or delete them first, or set delete_unmanaged to lose them.',
  );
}

function previewOf(node: string, { evict, bare, emptyDir, stay }: NodePods, cordoned: boolean): string {
  const note = (pod: KubeObject): string =>
    [bare.includes(pod) ? ' (lost: no controller)' : '', emptyDir.includes(pod) ? ' (emptyDir data lost)' : ''].join(
      '',
    );
  return cutPreview(
    [
      `Node ${node}: ${cordoned ? 'is cordoned already' : 'cordoned'}; ${evict.length} pods evicted, ${stay.length} stay (DaemonSet or static)`,
      ...evict.map((pod) => `- ${idOf(pod)}${note(pod)}`),
    ].join('\n'),
  );
}

interface Waiting {
  readonly signal: AbortSignal;
  progress(message: string): void;
}

/** Evicts one pod and waits until it is gone. Time waited is taken from `budget`; cancelling stops before the next step. */
async function evict(
  pod: KubeObject,
  kubernetes: KubernetesWriter,
  permit: Permit,
  budget: { leftMs: number },
  ctx: Waiting,
): Promise<void> {
  const ref = refOf(await kubernetes.kind('v1/Pod', ctx.signal), {
    system: 'kubernetes',
    kind: 'Pod',
    ...pod.metadata,
  });
  for (let attempt = 0; !(await tryEvict()); attempt++)
    await spend(BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)] ?? 5_000, 'a PodDisruptionBudget holds it');
  while (await isThere()) await spend(500, 'it is still stopping');

  async function tryEvict(): Promise<boolean> {
    try {
      await kubernetes.write({ verb: 'evict', ref, uid: pod.metadata.uid ?? '' }, permit, ctx.signal);
      return true;
    } catch (error) {
      if (isStewardError(error) && error.code === 'object_not_found') return true;
      if (isStewardError(error) && error.status === 429) return false;
      throw error;
    }
  }
  async function isThere(): Promise<boolean> {
    return (await findObject(kubernetes, ref, ctx.signal))?.metadata.uid === pod.metadata.uid;
  }
  async function spend(ms: number, why: string): Promise<void> {
    if (budget.leftMs <= 0)
      throw new StewardError(`Unable to finish the drain: Pod ${idOf(pod)} did not go in time, ${why}.`, {
        kind: 'timeout',
        code: 'drain_timeout',
        hint: 'The node stays cordoned. Bring up another replica of that workload and plan the drain again, or cluster_uncordon.',
      });
    ctx.progress(`waiting for Pod ${idOf(pod)}: ${why}`);
    await pause(ms, ctx.signal);
    budget.leftMs -= ms;
  }
}
