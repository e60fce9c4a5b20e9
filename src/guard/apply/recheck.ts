import { isStewardError } from '../../core/errors.ts';
import type { Plan, Precondition } from '../../core/plan.ts';
import { targetLabel } from '../../core/target.ts';
import type { GateParts, ObjectKind, ObjectReader } from '../deps.ts';
import { within } from '../wait.ts';
import { PLAN_AGAIN, type Refusal } from './case.ts';
import { toRefusal } from './steps.ts';

/** The last look before the change: same system, and every object still as it was planned on. What cannot be read has moved. */
export async function recheck(deps: GateParts, plan: Plan, signal: AbortSignal): Promise<Refusal | undefined> {
  try {
    return await within(deps.ms.proposeMs, 'the last look at the targets', signal, async (both) => {
      if ((await deps.identity()) !== plan.identity)
        return { code: 'identity_changed', reason: 'The plan was made for another cluster.', next: PLAN_AGAIN };
      const moved = await movedTargets(deps.readClients.kubernetes, plan.preconditions, both);
      if (moved.length === 0) return undefined;
      return { code: 'stale_plan', reason: `Since the plan was made: ${moved.join('; ')}.`, next: PLAN_AGAIN };
    });
  } catch (error) {
    return toRefusal(error, 'recheck');
  }
}

async function movedTargets(
  reader: ObjectReader,
  preconditions: readonly Precondition[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (preconditions.length === 0) return [];
  const kinds = await reader.kinds(signal);
  const moves = await Promise.all(preconditions.map((one) => moveOf(reader, kinds, one, signal)));
  return moves.filter((move) => move !== undefined);
}

async function moveOf(
  reader: ObjectReader,
  kinds: readonly ObjectKind[],
  precondition: Precondition,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { target } = precondition;
  const label = targetLabel(target);
  if (target.system !== 'kubernetes') return `${label} cannot be read back`;
  const kind = kinds.find((one) => one.kind === target.kind && one.group === (target.group ?? ''));
  if (kind === undefined) return `the cluster does not serve the kind of ${label}`;
  const meta = await metaOf(reader, kind, precondition, signal);
  if ('absent' in precondition) return meta === undefined ? undefined : `${label} exists now`;
  if (meta === undefined) return `${label} is gone`;
  if (meta.uid !== precondition.uid) return `${label} was deleted and made anew`;
  return meta.resourceVersion === precondition.version
    ? undefined
    : `${label} has changed (version ${precondition.version} is now ${meta.resourceVersion ?? 'unknown'})`;
}

async function metaOf(reader: ObjectReader, kind: ObjectKind, { target }: Precondition, signal: AbortSignal) {
  const { namespace, name } = target;
  try {
    return (await reader.get({ kind, ...(namespace !== undefined && { namespace }), name }, signal)).metadata;
  } catch (error) {
    if (isStewardError(error) && error.code === 'object_not_found') return undefined;
    throw error;
  }
}
