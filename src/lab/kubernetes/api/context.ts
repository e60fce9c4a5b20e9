import type { ObjectStore } from '../store.ts';
import type { Catalogue } from './catalogue.ts';

/** Where unguessable texts come from: tests hand in their own. */
export interface Randomness {
  /** A version 4 UUID. */
  uid(): string;
  /** Five letters, as `generateName` appends them. */
  suffix(): string;
  /** A whole number from 0 to below `below`. */
  number(below: number): number;
}

/** What every part of the API works with. */
export interface ApiContext {
  readonly store: ObjectStore;
  readonly catalogue: Catalogue;
  readonly random: Randomness;
}

/** How a write was asked for. */
export interface WriteOptions {
  /** Field manager that will own what changes. */
  readonly manager: string;
  readonly dryRun: boolean;
  /** Managed fields are already right: server-side apply worked them out. */
  readonly managed?: boolean;
  /** Receives every text that goes out as a Warning header. */
  readonly warn: (text: string) => void;
}

export const quiet = (manager: string): WriteOptions => ({ manager, dryRun: false, warn: () => undefined });

/** Kubernetes writes times without fractions of a second. */
export const timestamp = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
