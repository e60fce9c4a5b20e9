import type { AnyCheck } from '../checks/define.ts';
import type { CheckParameters } from '../checks/parameters.ts';
import type { Audit } from '../core/audit.ts';
import type { Clock } from '../core/clock.ts';
import { inputError } from '../core/errors.ts';
import type { WorldReader } from '../world/gather.ts';

/** The catalogue, once the parameters of the configuration fit it. Errors (`config`): see `demandParameters`. */
export async function loadChecks(params: CheckParameters): Promise<readonly AnyCheck[]> {
  const [{ checks }, { demandParameters }] = await Promise.all([
    import('../checks/catalogue.ts'),
    import('../checks/parameters.ts'),
  ]);
  demandParameters(checks, params);
  return checks;
}

/** An audit may use the look that its caller has just taken; nothing older. */
const SHARED_LOOK_MS = 2_000;

interface AuditNeeds {
  readonly reader: WorldReader;
  readonly checks: readonly AnyCheck[];
  readonly params: CheckParameters;
  readonly clock: Clock;
}

export async function createAudit({ reader, checks, params, clock }: AuditNeeds): Promise<Audit> {
  const { runChecks } = await import('../checks/run.ts');
  return {
    async run({ only, signal }) {
      const strange = only?.find((id) => !checks.some((check) => check.id === id));
      if (strange !== undefined)
        throw inputError(
          'unknown_check',
          `Unable to run the check ${strange}: there is none.`,
          `Checks: ${checks.map(({ id }) => id).join(', ')}.`,
        );
      const wanted = only === undefined ? checks : checks.filter(({ id }) => only.includes(id));
      return runChecks(wanted, await reader.world({ maxAgeMs: SHARED_LOOK_MS, signal }), { now: clock.now(), params });
    },
  };
}
