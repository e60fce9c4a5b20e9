import type * as z from 'zod';
import type { Finding, GuardEffect } from '../core/finding.ts';
import type { Severity } from '../core/severity.ts';
import type { ObjectPartName, PartName, Parts } from '../world/parts.ts';

/** What a check may see: exactly the parts it names, all of them known. */
export type Seen<N extends PartName> = { readonly [K in N]: Parts[K] };

export interface CheckContext<P> {
  readonly params: P;
  readonly now: Date;
}

/** A finding as the check returns it; the runner adds the check's id and fills in its severity. */
export type FoundFault = Omit<Finding, 'check' | 'severity'> & {
  readonly severity?: Severity;
  /** The object whose annotations may accept this finding (`steward.dev/accept`); absent = it cannot be accepted. */
  readonly subject?: Subject;
};

/** An object of the world by its key. */
export interface Subject {
  readonly part: ObjectPartName;
  readonly id: string;
}

export interface Check<
  N extends PartName = PartName,
  P extends z.ZodObject = z.ZodObject,
  W extends PartName = PartName,
> {
  /** Id of the catalogue, e.g. `K01`. */
  readonly id: string;
  /** What is so when it passes: "Every Service selects one workload". */
  readonly title: string;
  readonly severity: Severity;
  /** Why anybody should care, one or two sentences. */
  readonly why: string;
  readonly needs: readonly N[];
  /** Parts that sharpen the verdict and are handed over when known; their absence does not make the check unknown. */
  readonly wants?: readonly W[];
  /** Those of `wants` that a system which is there must tell: absent is fine, not readable is told as a gap of the check. */
  readonly demands?: readonly W[];
  readonly params: P;
  /** What the guard does when a change introduces a finding of this check. */
  readonly introduced: GuardEffect;
  /** Pure and synchronous: no clock, no I/O. */
  evaluate(world: Seen<N> & Partial<Seen<W>>, ctx: CheckContext<z.output<P>>): readonly FoundFault[];
}

/** Keeps the types of one check's own parts while the list holds them all. */
export const defineCheck = <N extends PartName, P extends z.ZodObject, W extends PartName = never>(
  check: Check<N, P, W>,
): AnyCheck => check as unknown as AnyCheck; // sound: the runner hands over exactly the parts that `needs` names

export type AnyCheck = Check;
