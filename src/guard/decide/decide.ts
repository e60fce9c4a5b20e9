import { type Decision, stricter } from '../../core/decision.ts';
import { messageOf } from '../../core/errors.ts';
import { type Case, type DecideStep, deny, pass } from './case.ts';
import { findings } from './steps/findings.ts';
import { lessons } from './steps/lessons.ts';
import { mode } from './steps/mode.ts';
import { quorum } from './steps/quorum.ts';
import { receipt } from './steps/receipt.ts';
import { refusals } from './steps/refusals.ts';
import { restorePoint } from './steps/restore-point.ts';
import { risk } from './steps/risk.ts';
import { scope } from './steps/scope.ts';
import { sight } from './steps/sight.ts';
import { unknowns } from './steps/unknowns.ts';
import { writes } from './steps/writes.ts';

/** Cheap before dear; of equally strict answers the first one is told. */
export const DECIDE_STEPS: readonly DecideStep[] = [
  scope,
  writes,
  findings,
  refusals,
  quorum,
  lessons,
  receipt,
  sight,
  restorePoint,
  unknowns,
  risk,
  mode,
];

/** The strictest answer of all steps. No steps at all, and a step that throws, deny. */
export async function decide(steps: readonly DecideStep[], facts: Case): Promise<Decision> {
  if (steps.length === 0) return deny('no_steps', 'There is no rule that could allow it.');
  let decision: Decision = pass;
  for (const step of steps) decision = stricter(decision, await answerOf(step, facts));
  return decision;
}

async function answerOf(step: DecideStep, facts: Case): Promise<Decision> {
  try {
    return await step.check(facts);
  } catch (error) {
    return deny('step_failed', `The rule "${step.name}" could not be worked out: ${messageOf(error)}`);
  }
}
