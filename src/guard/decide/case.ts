import type { Comparison } from '../../checks/compare.ts';
import type { AnyCheck } from '../../checks/define.ts';
import type { Consultation } from '../../core/consult.ts';
import type { Decision } from '../../core/decision.ts';
import type { CheckResult } from '../../core/finding.ts';
import type { Draft, Reversibility } from '../../core/plan.ts';
import type { Principal } from '../../core/principal.ts';
import type { Target } from '../../core/target.ts';
import type { World } from '../../world/world.ts';
import type { Policy } from '../policy.ts';

/** Everything that is known about a proposed change when it is decided. */
export interface Case {
  readonly principal: Principal;
  readonly taint: readonly string[];
  readonly policy: Policy;
  readonly targets: readonly Target[];
  readonly draft: Draft;
  /** The worse of the action's own and the draft's. */
  readonly reversibility: Reversibility;
  readonly before: World;
  readonly after: World;
  readonly checks: readonly AnyCheck[];
  /** Of the world as it would be. */
  readonly results: readonly CheckResult[];
  readonly comparison: Comparison;
  readonly consultation: Consultation;
}

/** One rule. It says what it has to say about the case; the strictest of all steps counts. */
export interface DecideStep {
  readonly name: string;
  check(facts: Case): Decision | Promise<Decision>;
}

/** A step that has nothing against it. */
export const pass: Decision = {
  kind: 'allow',
  code: 'within_policy',
  reason: 'It is reversible, in scope and untainted.',
};

export const deny = (code: string, reason: string): Decision => ({ kind: 'deny', code, reason });

/** A question that the person behind the asking client may answer. */
export const askHere = (code: string, reason: string): Decision => ({
  kind: 'ask',
  code,
  reason,
  approval: 'same_client',
});

/** A question that another principal must answer over another road. */
export const askElsewhere = (code: string, reason: string): Decision => ({
  kind: 'ask',
  code,
  reason,
  approval: 'other_principal',
});
