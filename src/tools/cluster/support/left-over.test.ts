import { expect, test } from 'vitest';
import type { KubeObject, KubeRef, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import { KINDS } from '../../testing-cluster.ts';
import { leftOver } from './left-over.ts';

const signal = AbortSignal.timeout(5_000);
const [kind] = KINDS.filter((one) => one.kind === 'Deployment');
if (kind === undefined) throw new Error('the tests know Deployments');
const ref: KubeRef = { kind, namespace: 'media', name: 'web' };
const write: KubeWrite = { verb: 'patch', ref, type: 'merge', body: {} };

const deployment = (version: number, revision: number, image = 'nginx:1.28'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'media',
    uid: 'u',
    resourceVersion: String(version),
    creationTimestamp: '2026-11-20T12:00:00Z',
    annotations: { 'deployment.kubernetes.io/revision': String(revision) },
  },
  spec: { image },
});

/** Answers each read with the next of these, the last one for ever. */
const reads = (...all: readonly KubeObject[]) => {
  let at = 0;
  return async (): Promise<KubeObject> => all[Math.min(at++, all.length - 1)] ?? deployment(0, 0);
};
const asked = (get: () => Promise<KubeObject>, dryRun: () => Promise<KubeObject>) =>
  leftOver({ get, dryRun: async () => ({ object: await dryRun(), warnings: [] }) }, ref, async () => write, signal);

test('a controller that writes between the two reads is no change that did not take', async () => {
  // Read at revision 1; the controller notes revision 2; what is tried then is laid over that.
  const left = await asked(reads(deployment(10, 1), deployment(11, 2)), reads(deployment(11, 2)));
  expect(left?.diff).toBe('');
});

test('what is missing while nobody else writes is missing', async () => {
  const left = await asked(reads(deployment(10, 1, 'nginx:1.27')), reads(deployment(10, 1)));
  expect(left?.diff).toContain('nginx:1.28');
});

test('one that others write all the time ends after a few looks', async () => {
  let version = 1;
  const left = await asked(
    async () => deployment(version++, version),
    async () => deployment(version, version + 1),
  );
  expect(left?.diff).not.toBe('');
  expect(version).toBeLessThan(20);
});
