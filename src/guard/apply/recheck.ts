import { isStewardError } from '../../core/errors.ts';
import type { Plan, Precondition } from '../../core/plan.ts';
import { type Target, targetLabel } from '../../core/target.ts';
import type { TargetVersion, VersionOf } from '../../core/version.ts';
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
      const moved = await movedTargets(deps, plan.preconditions, both);
      if (moved.length === 0) return undefined;
      return { code: 'stale_plan', reason: `Since the plan was made: ${moved.join('; ')}.`, next: PLAN_AGAIN };
    });
  } catch (error) {
    return toRefusal(error, 'recheck');
  }
}

async function movedTargets(
  deps: GateParts,
  preconditions: readonly Precondition[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const kubernetes = kubernetesVersions(deps.readClients.kubernetes);
  const moves = await Promise.all(
    preconditions.map((one) => {
      const { system } = one.target;
      return moveOf(system === 'kubernetes' ? kubernetes : deps.versions?.[system], one, signal);
    }),
  );
  return moves.filter((move) => move !== undefined);
}

async function moveOf(
  versionOf: VersionOf | undefined,
  precondition: Precondition,
  signal: AbortSignal,
): Promise<string | undefined> {
  const label = targetLabel(precondition.target);
  const now = await versionOf?.(precondition.target, signal);
  if (now === undefined) return `${label} cannot be read back`;
  if (now.state === 'unknown') return `${label} cannot be read back: ${now.reason}`;
  if ('absent' in precondition) return now.state === 'absent' ? undefined : `${label} exists now`;
  if (now.state === 'absent') return `${label} is gone`;
  if (now.uid !== precondition.uid) return `${label} was deleted and made anew`;
  return now.version === precondition.version
    ? undefined
    : `${label} has changed (version ${shown(precondition.version)} is now ${shown(now.version) || 'unknown'})`;
}

/** Some systems have numbers, others the hash of what counts. */
const shown = (version: string): string => (version.length > 20 ? version.slice(0, 12) : version);

/** The kinds are asked for once, however many objects there are. */
function kubernetesVersions(reader: ObjectReader): VersionOf {
  let kinds: Promise<readonly ObjectKind[]> | undefined;
  return async (target, signal) => {
    kinds ??= reader.kinds(signal);
    const kind = (await kinds).find((one) => one.kind === target.kind && one.group === (target.group ?? ''));
    if (kind === undefined) return { state: 'unknown', reason: 'the cluster does not serve its kind' };
    return versionIn(reader, kind, target, signal);
  };
}

async function versionIn(
  reader: ObjectReader,
  kind: ObjectKind,
  { namespace, name }: Target,
  signal: AbortSignal,
): Promise<TargetVersion> {
  try {
    const { metadata } = await reader.get({ kind, ...(namespace !== undefined && { namespace }), name }, signal);
    return { state: 'there', uid: metadata.uid ?? '', version: metadata.resourceVersion ?? '' };
  } catch (error) {
    if (isStewardError(error) && error.code === 'object_not_found') return { state: 'absent' };
    throw error;
  }
}
