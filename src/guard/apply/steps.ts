import { isStewardError, messageOf } from '../../core/errors.ts';
import { QUESTION_PENDING } from '../../core/gate.ts';
import type { ApplyCase, ApplyStep, Refusal } from './case.ts';
import { acknowledged } from './steps/acknowledged.ts';
import { approved } from './steps/approved.ts';
import { denied } from './steps/denied.ts';
import { lessons } from './steps/lessons.ts';
import { mode } from './steps/mode.ts';
import { policy } from './steps/policy.ts';
import { scope } from './steps/scope.ts';
import { unexpired } from './steps/unexpired.ts';
import { unfrozen } from './steps/unfrozen.ts';
import { writable } from './steps/writable.ts';

/** Before the intent, cheap before human: the first that does not hold is the answer. */
export const APPLY_STEPS: readonly ApplyStep[] = [
  writable,
  denied,
  unexpired,
  scope,
  unfrozen,
  mode,
  policy,
  lessons,
  acknowledged,
  approved,
];

/** The first refusal. No steps at all, and a step that throws, refuse; only a pending question passes through. */
export async function firstRefusal(steps: readonly ApplyStep[], facts: ApplyCase): Promise<Refusal | undefined> {
  if (steps.length === 0)
    return { code: 'no_steps', reason: 'There is no rule that could allow it.', next: 'Report this.' };
  for (const step of steps) {
    const refusal = await answerOf(step, facts);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

async function answerOf(step: ApplyStep, facts: ApplyCase): Promise<Refusal | undefined> {
  try {
    return await step.check(facts);
  } catch (error) {
    if (isStewardError(error) && error.code === QUESTION_PENDING) throw error;
    return toRefusal(error, step.name);
  }
}

/** Anything that was thrown before the intent, as an answer. */
export function toRefusal(error: unknown, step: string): Refusal {
  if (isStewardError(error)) return { code: error.code, reason: error.message, next: error.hint ?? 'Try again later.' };
  const reason = `The rule "${step}" could not be worked out: ${messageOf(error)}`;
  return { code: 'step_failed', reason, next: 'Report this; nothing was changed.' };
}
