import * as z from 'zod';
import { canonicalJson } from '../../core/canonical.ts';
import { inputError, notFound } from '../../core/errors.ts';
import type { PlanRequest } from '../../core/gate.ts';
import { nearest } from '../../core/near.ts';
import type { GuardedAction } from '../actions.ts';

/** How much of an issue list a hint holds, in characters. */
const MAX_ISSUES = 2_000;

/**
 * The action and its canonical input: exactly what is planned, hashed and run.
 * Errors: `not_found` `unknown_action` (the hint names near ones); `input` `invalid_input` (the hint holds signature and issues).
 */
export function parseRequest(
  actions: readonly GuardedAction[],
  request: PlanRequest,
): { readonly action: GuardedAction; readonly input: Record<string, unknown> } {
  const action = actions.find(({ name }) => name === request.action);
  if (action === undefined) throw unknownAction(actions, request.action);
  const parsed = action.input.strict().safeParse(request.input);
  if (!parsed.success)
    throw inputError(
      'invalid_input',
      `Unable to plan ${action.name}: its input does not fit.`,
      `${action.name}${action.signature}\n${z.prettifyError(parsed.error)}`.slice(0, MAX_ISSUES),
    );
  // What JSON cannot hold would not survive being stored: the canonical form is what everything sees from here on.
  return { action, input: JSON.parse(canonicalJson(parsed.data)) as Record<string, unknown> }; // an object schema made it
}

function unknownAction(actions: readonly GuardedAction[], name: string): Error {
  const names = actions.map((action) => action.name);
  const near = nearest(name, names);
  const shown = near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Known actions: ${names.join(', ')}.`;
  return notFound('unknown_action', `Unable to plan "${name.slice(0, 80)}": there is no such action.`, shown);
}
