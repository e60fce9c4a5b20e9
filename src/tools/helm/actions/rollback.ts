import * as z from 'zod';
import type { Release, ReleaseRevision } from '../../../clients/helm/contract.ts';
import { releaseTarget } from '../../../clients/helm/touches.ts';
import { StewardError } from '../../../core/errors.ts';
import { defineAction } from '../../define.ts';
import type { Clients } from '../support/change.ts';
import { ReleasePlace, Revision, WaitSeconds } from '../support/inputs.ts';
import { PENDING, revisionToRollTo } from '../support/release.ts';
import { planRollback, verifyRollback } from '../support/rollback.ts';

const Input = z.strictObject({
  ...ReleasePlace,
  to_revision: Revision.optional().describe('The one deployed before unless told'),
  wait_seconds: WaitSeconds,
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'helm_rollback',
  title: 'Roll back a Helm release',
  description: 'Return a release to an earlier revision; an uninstalled one with kept history comes back.',
  signature: '{namespace, name, to_revision?, wait_seconds?}',
  reversibility: 'reversible',
  needs: ['helm', 'kubernetes'],
  input: Input,
  targets: ({ namespace, name }) => [releaseTarget(namespace, name)],
  async plan(input, ctx) {
    const { newest, to } = await find(input, ctx.clients, ctx.signal);
    return planRollback(newest, to, `helm_rollback to revision ${newest.revision}.`, ctx);
  },
  async run(input, ctx) {
    const { clients, permit, signal } = ctx;
    const { namespace, name, wait_seconds } = input;
    const { newest, to } = await find(input, clients, signal);
    ctx.progress(`rolling ${namespace}/${name} back to revision ${to.revision}`);
    const write = { verb: 'rollback', namespace, name, revision: to.revision, waitSeconds: wait_seconds } as const;
    await clients.helm.write(write, permit, signal);
    return { revision: newest.revision + 1, to: to.revision };
  },
  verify: (input, result, ctx) => verifyRollback(input, result, ctx),
});

async function find(
  { namespace, name, to_revision }: Input,
  { helm }: Clients,
  signal: AbortSignal,
): Promise<{ newest: Release; to: ReleaseRevision }> {
  const label = `HelmRelease ${namespace}/${name}`;
  const [newest, history] = await Promise.all([
    helm.release(namespace, name, 'latest', signal),
    helm.history(namespace, name, signal),
  ]);
  if (PENDING.includes(newest.status))
    throw new StewardError(`Unable to roll back ${label}: it is ${newest.status}.`, {
      kind: 'input',
      code: 'release_busy',
      hint: 'If nobody is at it, use helm_repair.',
    });
  return { newest, to: revisionToRollTo(history, to_revision, label) };
}
