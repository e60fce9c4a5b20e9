import type { World } from './world.ts';

/** Reads the lab into a world. A part that cannot be read is `unknown` with its reason; gathering itself never throws for one. */
export interface WorldReader {
  /** `maxAgeMs` allows a kept world that young; 0 reads anew. */
  readonly world: (options: { readonly maxAgeMs: number; readonly signal: AbortSignal }) => Promise<World>;
}
