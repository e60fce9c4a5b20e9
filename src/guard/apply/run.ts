import { isStewardError, messageOf, StewardError } from '../../core/errors.ts';
import type { GateContext } from '../../core/gate.ts';
import type { Permit } from '../../core/permit.ts';
import type { Plan } from '../../core/plan.ts';
import type { RunContext } from '../../core/tool.ts';
import { type GuardedAction, pickClients } from '../actions.ts';
import { type GateParts, runMsOf } from '../deps.ts';
import { pause } from '../wait.ts';

/** How the action's own code ended. `hung` = it did not, so that a write may still be on its way. */
export type Run =
  | { readonly kind: 'returned'; readonly result: unknown }
  | { readonly kind: 'threw'; readonly error: { readonly code: string; readonly message: string } }
  | { readonly kind: 'hung' };

const SAY_EVERY_MS = 10_000;

/**
 * Runs the action once. A cancelled call does not stop the write under way, it stops the next one:
 * the permit answers no from then on. After `runMs` (the guard's, or its own) the signal fires, and after `graceMs` more it counts as hung.
 */
export async function runAction(
  deps: GateParts,
  { action, plan, permit }: { action: GuardedAction; plan: Plan; permit: Permit },
  ctx: GateContext,
): Promise<Run> {
  const late = new AbortController();
  const done = new AbortController();
  const onCancel = (): void => deps.permits.stop(permit, 'the call was cancelled');
  ctx.signal.addEventListener('abort', onCancel, { once: true });
  const say = setInterval(() => ctx.progress(`${plan.title}: still at it`), SAY_EVERY_MS);
  try {
    return await Promise.race([
      callRun(deps, { action, plan, permit }, { ...ctx, signal: late.signal }),
      hang(deps, runMsOf(deps, action.name), late, done.signal),
    ]);
  } finally {
    done.abort();
    clearInterval(say);
    ctx.signal.removeEventListener('abort', onCancel);
    deps.permits.stop(permit, 'its run is over');
  }
}

async function callRun(
  deps: GateParts,
  { action, plan, permit }: { action: GuardedAction; plan: Plan; permit: Permit },
  ctx: GateContext,
): Promise<Run> {
  const run: RunContext<unknown> = {
    clients: pickClients(deps.writeClients, action.needs),
    now: deps.clock.now(),
    signal: ctx.signal,
    session: ctx.session,
    progress: (message) => ctx.progress(message),
    permit,
  };
  try {
    // The input is an object: `parseRequest` made it, and the plan's hash says that it is still the same.
    return { kind: 'returned', result: await action.run(plan.input as Record<string, unknown>, run) };
  } catch (error) {
    const code = isStewardError(error) ? error.code : 'internal_error';
    return { kind: 'threw', error: { code, message: messageOf(error) } };
  }
}

async function hang(deps: GateParts, runMs: number, late: AbortController, done: AbortSignal): Promise<Run> {
  await pause(runMs, done);
  if (!done.aborted)
    late.abort(
      new StewardError('Unable to finish the change: its time is over.', { kind: 'timeout', code: 'timeout' }),
    );
  await pause(deps.ms.graceMs, done);
  return { kind: 'hung' };
}
