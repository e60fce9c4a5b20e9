import type { Target } from './target.ts';

/** A target as it is right now, for the last look before a change. `unknown` = it could not be read, which counts as moved. */
export type TargetVersion =
  | { readonly state: 'there'; readonly uid: string; readonly version: string }
  | { readonly state: 'absent' }
  | { readonly state: 'unknown'; readonly reason: string };

/** Reads the identity and version of a target of one system, anew at every call. */
export type VersionOf = (target: Target, signal: AbortSignal) => Promise<TargetVersion>;
