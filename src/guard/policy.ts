import { hashOf } from '../core/canonical.ts';

/** `observe` = plans only; `assist` = every change asks; `operate` = what is reversible, clean and in scope passes. */
export type Mode = 'observe' | 'assist' | 'operate';

/** What a person sets about changes. */
export interface Policy {
  readonly mode: Mode;
  readonly budgets: {
    /** Changes that may start per hour, all principals together. */
    readonly changesPerHour: number;
    readonly changesPerHourPerTarget: number;
  };
  /** Everything in these namespaces counts as control plane. */
  readonly controlPlaneNamespaces: readonly string[];
}

export const DEFAULT_POLICY: Policy = {
  mode: 'assist',
  budgets: { changesPerHour: 10, changesPerHourPerTarget: 3 },
  controlPlaneNamespaces: ['kube-system'],
};

/** Raised when a rule in `decide/` changes its meaning, so that no plan judged by old rules is applied by new ones. */
const RULES = 2;

/** Stands in every plan: a plan that was judged by another policy is not applied. */
export const policyVersion = (policy: Policy): string => `${RULES}-${hashOf(policy).slice(0, 16)}`;
