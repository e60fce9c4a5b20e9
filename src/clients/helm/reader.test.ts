import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { withServer } from '../kubernetes/testing.ts';
import { createHelmReader } from './reader.ts';
import { decodeRelease, objectsOf } from './storage.ts';

const signal = AbortSignal.timeout(10_000);
const pack = (release: unknown): string =>
  Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
const secret = (name: string, revision: number, status: string, release: string) => ({
  metadata: {
    name: `sh.helm.release.v1.${name}.v${revision}`,
    namespace: 'media',
    uid: `uid-${revision}`,
    resourceVersion: String(revision),
    labels: { owner: 'helm', name, version: String(revision), status },
  },
  data: { release },
});
const stored = (version: number, status: string) => ({
  name: 'jellyfin',
  namespace: 'media',
  version,
  info: { status, last_deployed: '2026-11-20T10:00:00Z', description: 'Upgrade complete', notes: 'open it' },
  chart: { metadata: { name: 'app-template', version: '5.1.0', appVersion: '1' } },
  config: { image: { tag: '10.9' } },
  manifest: '---\n# Source: a\napiVersion: v1\nkind: Service\nmetadata:\n  name: jellyfin\n---\n\n',
});
const secrets = [1, 2, 10].map((version) =>
  secret(
    'jellyfin',
    version,
    version === 10 ? 'pending-upgrade' : 'superseded',
    pack(stored(version, version === 10 ? 'pending-upgrade' : 'superseded')),
  ),
);
const discovery = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: {},
      versions: [
        {
          version: 'v1',
          resources: [{ resource: 'secrets', responseKind: { kind: 'Secret' }, scope: 'Namespaced', verbs: [] }],
        },
      ],
    },
  ],
};
const serve = (use: (helm: ReturnType<typeof createHelmReader>) => Promise<void>) =>
  withServer(
    ({ url }) => ({
      status: 200,
      body: url.startsWith('/apis')
        ? { kind: 'APIGroupDiscoveryList', items: [] }
        : url === '/api'
          ? discovery
          : { items: secrets },
    }),
    () => undefined,
    (client) => use(createHelmReader(client)),
  );

test('the newest revision of a release, by number and not by text', async () => {
  await serve(async (helm) => {
    expect(await helm.releases({}, signal)).toMatchObject([
      {
        namespace: 'media',
        name: 'jellyfin',
        revision: 10,
        status: 'pending-upgrade',
        chart: 'app-template',
        chartVersion: '5.1.0',
      },
    ]);
    expect((await helm.history('media', 'jellyfin', signal)).map(({ revision }) => revision)).toEqual([10, 2, 1]);
  });
});

test('one revision with its values, notes and objects', async () => {
  await serve(async (helm) => {
    const release = await helm.release('media', 'jellyfin', 2, signal);
    expect(release.values).toEqual({ image: { tag: '10.9' } });
    expect(release.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['Service/jellyfin']);
    await expect(helm.release('media', 'jellyfin', 99, signal)).rejects.toMatchObject({ code: 'release_not_found' });
  });
});

test('a list does not carry values or manifests', async () => {
  await serve(async (helm) => {
    expect(JSON.stringify(await helm.releases({}, signal))).not.toContain('10.9');
  });
});

test('a Secret that holds no release is a clear error', () => {
  const broken = { apiVersion: 'v1', kind: 'Secret', ...secret('x', 1, 'deployed', 'bm90IGEgcmVsZWFzZQ==') };
  expect(() => decodeRelease(broken)).toThrow(expect.objectContaining({ code: 'release_unreadable' }));
});

test('Lists in a manifest count as their items', () => {
  const manifest =
    'apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n';
  expect(objectsOf(manifest).map(({ metadata }) => metadata.name)).toEqual(['a']);
});
