import { messageOf } from '../../core/errors.ts';
import type { Outcome, Plan } from '../../core/plan.ts';
import type { Session } from '../../core/principal.ts';
import { redactText } from '../../core/redact.ts';
import type { Verdict } from '../../core/tool.ts';
import { type GuardedAction, pickClients } from '../actions.ts';
import type { GateParts } from '../deps.ts';
import { pause, within } from '../wait.ts';
import type { Run } from './run.ts';

export interface Observation {
  readonly action: GuardedAction | undefined;
  readonly plan: Plan;
  readonly session: Session;
  /** What `run` gave back; undefined after an error or a crash, when only what can be seen counts. */
  readonly result: unknown;
  readonly tries: number;
  readonly progress: (message: string) => void;
}

/** Reads back until it is so, at most `tries` times with growing pauses and within `verifyTotalMs`. An error is `unknown`, never a no and never a yes. */
export async function observe(deps: GateParts, seen: Observation, signal: AbortSignal): Promise<Verdict> {
  const limit = AbortSignal.timeout(deps.ms.verifyTotalMs);
  let verdict = await lookOnce(deps, seen, signal);
  for (let tried = 1; tried < seen.tries && verdict.ok !== 'yes' && !limit.aborted && !signal.aborted; tried++) {
    await pause(deps.ms.verifyPauseMs * 2 ** (tried - 1), signal);
    verdict = await lookOnce(deps, seen, signal);
  }
  return verdict;
}

async function lookOnce(
  deps: GateParts,
  { action, plan, session, result, progress }: Observation,
  signal: AbortSignal,
): Promise<Verdict> {
  if (action === undefined) return { ok: 'unknown', evidence: [`The action ${plan.action} is not there any more.`] };
  const clients = pickClients(deps.readClients, action.needs);
  try {
    // The input is an object: `parseRequest` made it, and the plan's hash says that it is still the same.
    return await within(deps.ms.verifyMs, 'reading back', signal, async (both) => {
      if ((await deps.identity()) !== plan.identity)
        return { ok: 'unknown', evidence: ['The system that answers is another one than the plan was made for.'] };
      const ctx = { clients, now: deps.clock.now(), signal: both, session, progress };
      return action.verify(plan.input as Record<string, unknown>, result, ctx);
    });
  } catch (error) {
    return { ok: 'unknown', evidence: [`It could not be read back: ${messageOf(error)}`] };
  }
}

/** Success means observed: the verdict decides, not what the action says about itself. */
export function toOutcome(plan: Plan, run: Run, { ok, evidence }: Verdict, at: Date): Outcome {
  // A write that may still land makes "not so" no answer.
  const state = ok === 'yes' ? 'done' : ok === 'no' && run.kind !== 'hung' ? 'failed' : 'in_doubt';
  return {
    planId: plan.id,
    state,
    verified: ok,
    summary: SUMMARIES[state](plan.title),
    evidence: evidence.map((line) => redactText(line)),
    undo: plan.undo,
    at: at.toISOString(),
    ...(run.kind === 'threw' && { error: { code: run.error.code, message: redactText(run.error.message) } }),
    ...(run.kind === 'hung' && { error: { code: 'timeout', message: 'The action did not end in time.' } }),
  };
}

const SUMMARIES: Readonly<Record<Outcome['state'], (title: string) => string>> = {
  done: (title) => `${title}: done, and seen to be so.`,
  failed: (title) => `${title}: it is not so; look at the evidence before you plan again.`,
  in_doubt: (title) =>
    `${title}: whether it worked could not be seen. Look at the target; it is never run again by itself.`,
};
