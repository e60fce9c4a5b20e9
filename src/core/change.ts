import type { Effect } from './effect.ts';
import type { Target } from './target.ts';

/** What an action may do to one object; the permit lists them and the client's `send()` checks them. */
export type WriteVerb = 'create' | 'update' | 'patch' | 'delete' | 'evict';

export interface Touch {
  readonly target: Target;
  readonly verb: WriteVerb;
}

/** A no of the outside system's own dry run: kept, so that a check can name the lesson behind it. */
export interface Refusal {
  readonly target: Target;
  /** `unknown_field | invalid | unknown_kind | conflict | forbidden | pod_security | other` */
  readonly code: 'unknown_field' | 'invalid' | 'unknown_kind' | 'conflict' | 'forbidden' | 'pod_security' | 'other';
  readonly message: string;
  /** Dotted path of the field, when the system named one. */
  readonly field?: string;
  /** Who owns the field (server-side apply conflict). */
  readonly manager?: string;
}

/** A proposed change as checks see it: the part `change` of a patched world. */
export interface Change {
  readonly action: string;
  readonly targets: readonly Target[];
  readonly effects: readonly Effect[];
  readonly touches: readonly Touch[];
  readonly refusals: readonly Refusal[];
  /** Warnings of the outside system's dry run (PodSecurity, deprecated APIs). */
  readonly warnings: readonly string[];
}
