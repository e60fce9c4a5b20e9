import type * as z from 'zod';
import type { Finding, GuardEffect } from '../core/finding.ts';
import type { Severity } from '../core/severity.ts';
import type { PartName, Parts } from '../world/parts.ts';

/** What a check may see: exactly the parts it names, all of them known. */
export type Seen<N extends PartName> = { readonly [K in N]: Parts[K] };

export interface CheckContext<P> {
  readonly params: P;
  readonly now: Date;
}

/** A finding as the check returns it; the runner adds the check's id and fills in its severity. */
export type FoundFault = Omit<Finding, 'check' | 'severity'> & { readonly severity?: Severity };

export interface Check<N extends PartName = PartName, P extends z.ZodObject = z.ZodObject> {
  /** Id of the catalogue, e.g. `K01`. */
  readonly id: string;
  /** What is so when it passes: "Every Service selects one workload". */
  readonly title: string;
  readonly severity: Severity;
  /** Why anybody should care, one or two sentences. */
  readonly why: string;
  readonly needs: readonly N[];
  /** Parts that sharpen the verdict and are handed over when known; their absence does not make the check unknown. */
  readonly wants?: readonly N[];
  readonly params: P;
  /** What the guard does when a change introduces a finding of this check. */
  readonly introduced: GuardEffect;
  /** Pure and synchronous: no clock, no I/O. */
  evaluate(world: Seen<N>, ctx: CheckContext<z.output<P>>): readonly FoundFault[];
}

/** Keeps the types of one check's own parts while the list holds them all. */
export const defineCheck = <N extends PartName, P extends z.ZodObject>(check: Check<N, P>): AnyCheck =>
  check as unknown as AnyCheck; // sound: the runner hands over exactly the parts that `needs` names

export type AnyCheck = Check;
