import * as z from 'zod';
import { configError } from '../core/errors.ts';
import type { AnyCheck } from './define.ts';

/** Parameters by check id, as a configuration gives them; what is left out keeps the check's default. */
export type CheckParameters = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Throws unless every entry names a check and fits its parameters: a wrong one would otherwise make its check unknown at
 * every look. Errors (`config`): `unknown_check`, `invalid_check_parameter`.
 */
export function demandParameters(checks: readonly AnyCheck[], given: CheckParameters): void {
  for (const [id, values] of Object.entries(given)) {
    const check = checks.find((one) => one.id === id);
    if (check === undefined)
      throw configError(
        'unknown_check',
        `Unable to use checks.${id} from the configuration: there is no such check.`,
        `Checks: ${checks.map((one) => one.id).join(', ')}.`,
      );
    const parsed = check.params.safeParse(values);
    if (parsed.success) continue;
    const [issue] = parsed.error.issues;
    throw configError(
      'invalid_check_parameter',
      `Unable to use checks.${[id, ...(issue?.path ?? [])].join('.')} from the configuration: ${issue?.message ?? 'it does not fit'}.`,
      parametersOf(check).length === 0
        ? `Remove it: ${id} has no parameters.`
        : `Parameters of ${id}: ${parametersOf(check)
            .map(({ name, value }) => `${name} (${JSON.stringify(value)})`)
            .join(', ')}.`,
    );
  }
}

/** Names and defaults of what can be set for a check. */
export const parametersOf = ({
  params,
}: Pick<AnyCheck, 'params'>): readonly { readonly name: string; readonly value: unknown }[] =>
  Object.entries(z.parse(params, {})).map(([name, value]) => ({ name, value }));
