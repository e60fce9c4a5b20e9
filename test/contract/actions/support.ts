import { createKubernetesClient, type KubernetesClient } from '../../../src/clients/kubernetes/client.ts';
import { connect, type KubeconfigSource } from '../../../src/clients/kubernetes/connection.ts';
import { exchange } from '../../../src/clients/kubernetes/exchange.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { denied } from '../../../src/core/errors.ts';
import type { Permit } from '../../../src/core/permit.ts';
import type { Draft } from '../../../src/core/plan.ts';
import { targetKey } from '../../../src/core/target.ts';
import type { Verdict } from '../../../src/core/tool.ts';
import { caller } from '../../../src/tools/testing.ts';
import { toolsets } from '../../../src/tools/toolsets.ts';
import { createWorldReader } from '../../../src/world/create-reader.ts';

const actions = toolsets.flatMap((set) => set.actions);

/** A client whose writes pass only when the permit lists exactly that object: so `touches` is proven to be complete. */
export function openCluster(kubeconfig: KubeconfigSource): KubernetesClient {
  return createKubernetesClient({
    kubeconfig,
    clock: systemClock,
    checkPermit: (permit, { target, verb }) => {
      const isListed = permit?.touches.some(
        (touch) => touch.verb === verb && targetKey(touch.target) === targetKey(target),
      );
      if (isListed !== true)
        throw denied('permit_out_of_scope', `Unable to ${verb} ${targetKey(target)}: not in touches.`, 'Plan it.');
    },
  });
}

export interface Driver {
  plan(name: string, input: unknown): Promise<Draft>;
  /** Plans, runs with exactly the planned touches, and looks whether it worked. */
  change(
    name: string,
    input: unknown,
    options?: { signal?: AbortSignal; onProgress?: (message: string) => void },
  ): Promise<{ draft: Draft; verdict: Verdict; said: readonly string[] }>;
  /** Parts of the world that the effects of a draft would make unknown; none when they fit. */
  misfits(draft: Draft): Promise<readonly string[]>;
}

export function drive(kubernetes: KubernetesClient): Driver {
  const find = (name: string) => {
    const action = actions.find((one) => one.name === name);
    if (action === undefined) throw new Error(`no action ${name}`);
    return action;
  };
  const context = (said: string[], signal = AbortSignal.timeout(60_000), onProgress?: (message: string) => void) => ({
    clients: { kubernetes },
    now: new Date(),
    signal,
    session: caller().session,
    progress: (message: string) => {
      said.push(message);
      onProgress?.(message);
    },
  });
  const plan = async (name: string, input: unknown): Promise<Draft> => {
    const action = find(name);
    return action.plan(action.input.parse(input), context([]));
  };
  return {
    plan,
    async change(name, input, { signal, onProgress } = {}) {
      const action = find(name);
      const parsed = action.input.parse(input);
      const draft = await plan(name, input);
      const said: string[] = [];
      const ctx = context(said, signal, onProgress);
      // Only the guard mints permits; here one stands in for it, checked by `openCluster`.
      const permit = {
        planId: 'plan-test',
        touches: draft.touches,
        notAfter: new Date(Date.now() + 60_000),
      } as unknown as Permit;
      const result: unknown = await action.run(parsed, { ...ctx, permit });
      return { draft, verdict: await action.verify(parsed, result, ctx), said };
    },
    async misfits(draft) {
      const signal = AbortSignal.timeout(30_000);
      const before = await createWorldReader({ kubernetes, clock: systemClock }).world({ maxAgeMs: 0, signal });
      const after = before.patch(draft.effects);
      return draft.effects.map(({ part }) => part).filter((part) => after.part(part as 'pods').state !== 'known');
    },
  };
}

/** A merge patch under the name of another field manager, past our client. */
export async function patchAs(
  kubeconfig: KubeconfigSource,
  manager: string,
  path: string,
  body: object,
): Promise<void> {
  const connection = await connect(kubeconfig, undefined);
  const request = {
    method: 'PATCH' as const,
    path,
    query: { fieldManager: manager },
    contentType: 'application/merge-patch+json',
    body: JSON.stringify(body),
  };
  const { status } = await exchange(connection, request, AbortSignal.timeout(10_000));
  connection.close();
  if (status !== 200) throw new Error(`patch as ${manager}: ${status}`);
}
