import { expect, test } from 'vitest';
import { StewardError } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import type { KubeKind, KubeWrite } from './contract.ts';
import { withServer } from './testing.ts';

const refuse: CheckPermit = (permit) => {
  throw new StewardError('Unable to write: no permit.', {
    kind: 'denied',
    code: permit ? 'permit_out_of_scope' : 'permit_missing',
  });
};
const pods: KubeKind = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  resource: 'pods',
  shortNames: ['po'],
  namespaced: true,
  verbs: [],
};
const ref = { kind: pods, namespace: 'media', name: 'web-1' };
const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: 'media' } };
const signal = AbortSignal.timeout(10_000);
const writes: KubeWrite[] = [
  { verb: 'create', kind: pods, object },
  { verb: 'apply', kind: pods, object, force: false },
  { verb: 'patch', ref, type: 'merge', body: {} },
  { verb: 'delete', ref, uid: 'u', propagation: 'Background' },
  { verb: 'evict', ref, uid: 'u' },
];

test.each(writes)('$verb without a permit never leaves the process', async (write) => {
  await withServer(
    () => ({ status: 200, body: object }),
    refuse,
    async (client, seen) => {
      // What a caller that got round the types would do.
      const none = undefined as unknown as Permit;
      await expect(client.write(write, none, signal)).rejects.toMatchObject({ code: 'permit_missing' });
      expect(seen).toEqual([]);
    },
  );
});

test.each(writes)('a dry run of $verb asks for dryRun=All in the query', async (write) => {
  await withServer(
    () => ({ status: 200, body: object }),
    refuse,
    async (client, seen) => {
      await client.dryRun(write, signal);
      expect(seen.map(({ url }) => new URL(url, 'http://x').searchParams.get('dryRun'))).toEqual(['All']);
    },
  );
});

test('the permit is checked for the object in the URL, and a write is never tried twice', async () => {
  const asked: unknown[] = [];
  await withServer(
    () => ({ status: 503, body: { message: 'busy' } }),
    (_, touch) => void asked.push(touch),
    async (client, seen) => {
      const permit = {} as Permit; // the check above accepts anything
      await expect(client.write(writes[3] as KubeWrite, permit, signal)).rejects.toMatchObject({
        code: 'kubernetes_error',
      });
      expect(seen).toHaveLength(1);
      expect(asked).toEqual([
        { verb: 'delete', target: { system: 'kubernetes', kind: 'Pod', namespace: 'media', name: 'web-1' } },
      ]);
    },
  );
});

test('reads are tried again after a fault and give up after three', async () => {
  await withServer(
    (_, count) => (count < 3 ? { status: 503, body: {} } : { status: 200, body: object }),
    refuse,
    async (client, seen) => {
      await expect(client.get(ref, signal)).resolves.toMatchObject({ metadata: { name: 'web-1' } });
      expect(seen).toHaveLength(3);
    },
  );
  await withServer(
    () => ({ status: 500, body: {} }),
    refuse,
    async (client, seen) => {
      await expect(client.get(ref, signal)).rejects.toMatchObject({ code: 'kubernetes_error', retryable: true });
      expect(seen).toHaveLength(3);
    },
  );
});

test('all pages of a list are read, and items carry their kind', async () => {
  const page = (name: string, next: string) => ({ metadata: { continue: next }, items: [{ metadata: { name } }] });
  await withServer(
    (_, count) => ({ status: 200, body: count === 1 ? page('a', 'more') : page('b', '') }),
    refuse,
    async (client, seen) => {
      const all = await client.listAll(pods, { namespace: 'media' }, signal);
      expect(all.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['Pod/a', 'Pod/b']);
      expect(seen[1]?.url).toContain('continue=more');
    },
  );
});

test.each(['', '.', '..', 'a/b', '../../secrets/x', '%2e%2e'])('the name "%s" never gets into a URL', async (name) => {
  await withServer(
    () => ({ status: 404, body: { message: 'no' } }),
    refuse,
    async (client, seen) => {
      await expect(client.get({ ...ref, name }, signal)).rejects.toMatchObject({ code: 'invalid_name' });
      await expect(client.get({ ...ref, namespace: name }, signal)).rejects.toMatchObject({ code: 'invalid_name' });
      expect(seen).toEqual([]);
    },
  );
});

test('odd names stay one segment', async () => {
  await withServer(
    () => ({ status: 404, body: { message: 'no' } }),
    refuse,
    async (client, seen) => {
      await expect(client.get({ ...ref, name: 'x?watch=1#' }, signal)).rejects.toMatchObject({
        code: 'object_not_found',
      });
      expect(seen[0]?.url).toBe('/api/v1/namespaces/media/pods/x%3Fwatch%3D1%23');
    },
  );
});

test('warnings of a dry run come out whole', async () => {
  const warning = '299 - "would violate PodSecurity \\"restricted:latest\\": a, b", 299 - "second"';
  await withServer(
    () => ({ status: 200, body: object, headers: { warning } }),
    refuse,
    async (client) => {
      const { warnings } = await client.dryRun(writes[0] as KubeWrite, signal);
      expect(warnings).toEqual(['would violate PodSecurity "restricted:latest": a, b', 'second']);
    },
  );
});

test.each([
  [401, 'kubernetes_unauthorized'],
  [403, 'kubernetes_forbidden'],
  [404, 'object_not_found'],
])('status %i is %s', async (status, code) => {
  await withServer(
    () => ({ status, body: { message: 'no' } }),
    refuse,
    async (client) => {
      await expect(client.get(ref, signal)).rejects.toMatchObject({ code, status });
    },
  );
});
