import type * as z from 'zod';
import type { Ask } from './gate.ts';
import type { Output } from './output.ts';
import type { Permit } from './permit.ts';
import type { Draft, Reversibility } from './plan.ts';
import type { Session } from './principal.ts';
import type { Target } from './target.ts';

/** Facts that every tool and action has. */
export interface Facts<I extends z.ZodObject> {
  /** `<toolset>_<verb>[_<noun>]` */
  readonly name: string;
  readonly title: string;
  /** What it does and when to use it; under 2,000 characters. */
  readonly description: string;
  readonly input: I;
}

export interface ReadContext<R> {
  /** Exactly the clients that `needs` names. */
  readonly clients: R;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly session: Session;
  /** Shown to the person who waits; say something at once and at least every 15 s on anything slow. */
  progress(message: string): void;
}

/** What calling a tool does outside this process; MCP annotations are derived from it. */
export type ToolEffect =
  /** Reads only. */
  | 'read'
  /** Works out a change and keeps the plan; nothing outside moves. */
  | 'plan'
  /** Writes to our own memory. */
  | 'note'
  /** Carries out a plan: the only one that changes anything. */
  | 'apply';

export interface ToolContext<R> extends ReadContext<R> {
  readonly ask: Ask;
}

/** What agents call. `run` throws `StewardError`; the dispatcher formats, redacts, cuts and fences. */
export interface Tool<R, I extends z.ZodObject, O> extends Facts<I> {
  readonly effect: ToolEffect;
  /** Names of clients; what is not named is not there. */
  readonly needs: readonly (keyof R & string)[];
  /** Kinds of outside text in its result (`log`, `event`, `annotation`); they taint the session. */
  readonly taints: readonly string[];
  run(input: z.output<I>, ctx: ToolContext<R>): Promise<O>;
  render(found: O, input: z.output<I>): Output;
}

export interface RunContext<W> extends ReadContext<W> {
  readonly permit: Permit;
}

/** `unknown` = it could not be seen; that is never success. */
export interface Verdict {
  readonly ok: 'yes' | 'no' | 'unknown';
  readonly evidence: readonly string[];
}

/** Something that changes the world. Only the guard ever calls it. */
export interface Action<R, W, I extends z.ZodObject, O> extends Facts<I> {
  readonly reversibility: Reversibility;
  readonly needs: readonly (keyof R & string)[];
  /** One line for the description of `plan_change`: `{kind, namespace, name, replicas}`. */
  readonly signature: string;
  /** How long `run` may take when that is longer than the guard's own limit (10 minutes): copies of large disks take hours. */
  readonly runMs?: number;
  targets(input: z.output<I>): readonly Target[];
  plan(input: z.output<I>, ctx: ReadContext<R>): Promise<Draft>;
  run(input: z.output<I>, ctx: RunContext<W>): Promise<O>;
  /** `result` is undefined after a crash: then only what can be observed counts. */
  verify(input: z.output<I>, result: O | undefined, ctx: ReadContext<R>): Promise<Verdict>;
}
