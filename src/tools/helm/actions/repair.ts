import * as z from 'zod';
import type { Release, ReleaseRevision } from '../../../clients/helm/contract.ts';
import { releaseTarget } from '../../../clients/helm/touches.ts';
import { inputError } from '../../../core/errors.ts';
import { defineAction } from '../../define.ts';
import type { Clients } from '../support/change.ts';
import { ReleasePlace, WaitSeconds } from '../support/inputs.ts';
import { PENDING } from '../support/release.ts';
import { planRollback, verifyRollback } from '../support/rollback.ts';
import { planUninstall, removable, verifyUninstall } from '../support/uninstall.ts';

const Input = z.strictObject({
  ...ReleasePlace,
  idle_minutes: z.int().min(5).max(1440).default(15).describe('How long nothing may have moved'),
  wait_seconds: WaitSeconds,
});
type Input = z.output<typeof Input>;

/** How a stuck release is settled: back to what was deployed last, or away when nothing ever was. */
type Way =
  | { readonly kind: 'rollback'; readonly newest: Release; readonly to: ReleaseRevision }
  | { readonly kind: 'uninstall'; readonly newest: Release };

export default defineAction({
  name: 'helm_repair',
  title: 'Repair a stuck Helm release',
  description:
    'Settle a release that an operation left pending: back to the revision deployed last, or uninstalled when there is none.',
  signature: '{namespace, name, idle_minutes?, wait_seconds?} only for pending-* and uninstalling',
  reversibility: 'externally_reversible',
  needs: ['helm', 'kubernetes'],
  input: Input,
  targets: ({ namespace, name }) => [releaseTarget(namespace, name)],
  async plan(input, ctx) {
    const way = await wayOf(input, ctx.clients, ctx.now, ctx.signal);
    return way.kind === 'uninstall'
      ? planUninstall(way.newest, false, ctx)
      : planRollback(way.newest, way.to, 'helm_upgrade to what the cut-off operation wanted.', ctx);
  },
  async run(input, ctx) {
    const { clients, permit, signal } = ctx;
    const { namespace, name, wait_seconds: waitSeconds } = input;
    const way = await wayOf(input, clients, ctx.now, signal);
    ctx.progress(`${way.kind} of ${namespace}/${name}`);
    if (way.kind === 'uninstall') {
      const objects = await removable(way.newest, clients, signal);
      await clients.helm.write({ verb: 'uninstall', namespace, name, keepHistory: false, waitSeconds }, permit, signal);
      return { uninstalled: { objects } };
    }
    const { revision } = way.to;
    await clients.helm.write({ verb: 'rollback', namespace, name, revision, waitSeconds }, permit, signal);
    return { rolledBack: { revision: way.newest.revision + 1, to: revision } };
  },
  async verify(input, result, ctx) {
    if (result?.uninstalled !== undefined) return verifyUninstall(input, result.uninstalled, ctx);
    return verifyRollback(input, result?.rolledBack, ctx);
  },
});

/** Errors: `input` `release_not_stuck`, `release_busy` (somebody may be at it). */
async function wayOf(
  { namespace, name, idle_minutes }: Input,
  { helm }: Clients,
  now: Date,
  signal: AbortSignal,
): Promise<Way> {
  const newest = await helm.release(namespace, name, 'latest', signal);
  const label = `HelmRelease ${namespace}/${name}`;
  if (!PENDING.includes(newest.status))
    throw inputError(
      'release_not_stuck',
      `Unable to repair ${label}: it is ${newest.status}, and nothing is stuck.`,
      newest.status === 'failed' ? 'Use helm_upgrade or helm_rollback.' : 'Nothing is to be done.',
    );
  const idle = (+now - Date.parse(newest.updatedAt)) / 60_000;
  // A time that cannot be read, or lies ahead, proves nothing.
  if (!(idle >= idle_minutes))
    throw inputError(
      'release_busy',
      `Unable to repair ${label}: its ${newest.status} began ${Number.isNaN(idle) ? 'at an unknown time' : `${Math.max(0, Math.floor(idle))} minutes ago`}, and somebody may still be at it.`,
      `Wait until ${idle_minutes} minutes are over, or make sure that no other helm runs.`,
    );
  if (newest.status === 'uninstalling') return { kind: 'uninstall', newest };
  const history = await helm.history(namespace, name, signal);
  const to =
    history.find(({ status }) => status === 'deployed') ?? history.find(({ status }) => status === 'superseded');
  return to === undefined ? { kind: 'uninstall', newest } : { kind: 'rollback', newest, to };
}
