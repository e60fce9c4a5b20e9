import type * as z from 'zod';
import type { Action } from '../core/tool.ts';

// The list holds actions of every input: each is checked where it is defined,
// and the guard parses the input with the action's own schema before anything else sees it.
// oxlint-disable-next-line typescript/no-explicit-any
export type GuardedAction = Action<any, any, z.ZodObject, any>;

/** The part of `clients` that `needs` names and nothing else. */
export const pickClients = (clients: object, needs: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(clients).filter(([name]) => needs.includes(name)));
