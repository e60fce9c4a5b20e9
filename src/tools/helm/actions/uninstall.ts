import * as z from 'zod';
import { releaseTarget } from '../../../clients/helm/touches.ts';
import { defineAction } from '../../define.ts';
import { ReleasePlace, WaitSeconds } from '../support/inputs.ts';
import { changeableRelease } from '../support/release.ts';
import { planUninstall, removable, verifyUninstall } from '../support/uninstall.ts';

export default defineAction({
  name: 'helm_uninstall',
  title: 'Uninstall a Helm release',
  description: 'Remove a release and its objects; with its history kept, helm_rollback brings it back.',
  signature: '{namespace, name, keep_history? (default true), wait_seconds?}',
  reversibility: 'reversible',
  needs: ['helm', 'kubernetes'],
  input: z.strictObject({ ...ReleasePlace, keep_history: z.boolean().default(true), wait_seconds: WaitSeconds }),
  targets: ({ namespace, name }) => [releaseTarget(namespace, name)],
  async plan({ namespace, name, keep_history }, ctx) {
    const release = await changeableRelease(ctx.clients.helm, namespace, name, ctx.signal);
    return planUninstall(release, keep_history, ctx);
  },
  async run({ namespace, name, keep_history, wait_seconds }, ctx) {
    const { clients, permit, signal } = ctx;
    const release = await changeableRelease(clients.helm, namespace, name, signal);
    const objects = await removable(release, clients, signal);
    ctx.progress(`uninstalling ${namespace}/${name}`);
    const write = { verb: 'uninstall', namespace, name, keepHistory: keep_history, waitSeconds: wait_seconds } as const;
    await clients.helm.write(write, permit, signal);
    return { objects };
  },
  verify: (input, result, ctx) => verifyUninstall(input, result, ctx),
});
