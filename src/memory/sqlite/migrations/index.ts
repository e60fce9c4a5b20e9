import { lessons } from './001-lessons.ts';
import { bitemporal } from './002-bitemporal.ts';

/** In order; the file's `user_version` says how many of them it has had. Never change one that was released: add one. */
export const migrations: readonly string[] = [lessons, bitemporal];
