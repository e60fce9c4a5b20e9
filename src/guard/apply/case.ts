import type { ApplyRequest, GateContext } from '../../core/gate.ts';
import type { GateParts } from '../deps.ts';
import type { CalledOff, KnownPlan } from '../journal/plan-state.ts';

/** Why nothing runs, and what to do next. */
export type Refusal = CalledOff;

export interface ApplyCase {
  readonly deps: GateParts;
  readonly request: ApplyRequest;
  readonly ctx: GateContext;
  readonly known: KnownPlan;
}

/** One condition of an apply. Undefined = it holds; a step that throws is a refusal. */
export interface ApplyStep {
  readonly name: string;
  check(facts: ApplyCase): Refusal | undefined | Promise<Refusal | undefined>;
}

export const PLAN_AGAIN = 'Call plan_change again.';
