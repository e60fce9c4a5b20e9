import { expect, test } from 'vitest';
import type { ListedRelease } from '../../clients/helm/contract.ts';
import { StewardError } from '../../core/errors.ts';
import { World } from '../world.ts';
import { gatherHelm } from './gather.ts';
import { linkReleases } from './relations.ts';

const signal = AbortSignal.timeout(10_000);
const release = (name: string, change: Partial<ListedRelease> = {}): ListedRelease => ({
  namespace: 'media',
  name,
  revision: 3,
  status: 'deployed',
  chart: 'app',
  chartVersion: '1.0.0',
  appVersion: '10',
  updatedAt: '2026-11-20T10:00:00Z',
  description: 'Upgrade complete',
  secret: { name: `sh.helm.release.v1.${name}.v3`, uid: 'u', resourceVersion: '7' },
  refs: [
    { apiVersion: 'apps/v1', kind: 'Deployment', name, keep: false },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: `${name}-role`, keep: false },
  ],
  ...change,
});
const worldOf = async (releases: () => Promise<readonly ListedRelease[]>) =>
  new World(new Date(0), await gatherHelm({ releases }, { timeoutMs: 1000 }, signal));

test('releases with the objects that they hold, both ways', async () => {
  const part = (await worldOf(async () => [release('web'), release('old', { status: 'uninstalled', refs: [] })])).part(
    'helmReleases',
  );
  if (part.state !== 'known') return expect.unreachable();
  expect(part.value.get('media/web')).toMatchObject({ status: 'deployed', revision: 3 });
  const links = linkReleases(part.value);
  expect(links.objectsOf('media/web')).toEqual(['Deployment media/web', 'ClusterRole web-role']);
  expect(links.releaseOf('Deployment', 'media', 'web')).toBe('media/web');
  expect(links.releaseOf('ClusterRole', undefined, 'web-role')).toBe('media/web');
  expect(links.releaseOf('Deployment', 'media', 'old')).toBeUndefined();
});

test('where Secrets may not be listed, releases are unknown and not none', async () => {
  const world = await worldOf(async () => {
    throw new StewardError('Unable to list secrets: forbidden.', { kind: 'target', code: 'kubernetes_forbidden' });
  });
  expect(world.part('helmReleases')).toMatchObject({ state: 'unknown', reason: expect.stringContaining('forbidden') });
});
