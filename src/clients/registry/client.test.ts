import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { RegistryClient } from './client.ts';
import { parseImage } from './image.ts';

const signal = new AbortController().signal;
const json = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), init);
const index = {
  manifests: [
    { platform: { os: 'linux', architecture: 'amd64' } },
    { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    { platform: { os: 'unknown', architecture: 'unknown' } },
  ],
};

function registry(answer: (url: string, headers: Record<string, string>) => Response) {
  const asked: string[] = [];
  const clock = new ManualClock('2026-11-25T00:00:00Z');
  const client = new RegistryClient({
    clock,
    fetch: async (url, { headers }) => {
      asked.push(url);
      return answer(url, headers);
    },
  });
  return { client, asked, clock };
}

test('an index tells its platforms, without attestations, and is asked once a day', async () => {
  const { client, asked, clock } = registry(() => json(index));
  for (let i = 0; i < 3; i++)
    expect(await client.platformsOf('ghcr.io/a/b:1', signal)).toEqual(['linux/amd64', 'linux/arm64']);
  expect(asked).toEqual(['https://ghcr.io/v2/a/b/manifests/1']);
  clock.advance(25 * 3_600_000);
  await client.platformsOf('ghcr.io/a/b:1', signal);
  expect(asked).toHaveLength(2);
});

test('a single image tells through its configuration', async () => {
  const { client } = registry((url) =>
    url.includes('/blobs/') ? json({ os: 'linux', architecture: 'amd64' }) : json({ config: { digest: 'sha256:x' } }),
  );
  expect(await client.platformsOf('quay.io/a/b:1', signal)).toEqual(['linux/amd64']);
});

test('a token is fetched from the same site only', async () => {
  const challenge = (realm: string) => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="${realm}",service="s"` },
  });
  const good = registry((url, headers) => {
    if (url.startsWith('https://auth.docker.io/token')) return json({ token: 't' });
    return headers['authorization'] === 'Bearer t' ? json(index) : json({}, challenge('https://auth.docker.io/token'));
  });
  expect(await good.client.platformsOf('docker.io/library/nginx:1', signal)).toContain('linux/arm64');
  const bad = registry(() => json({}, challenge('https://192.168.1.1/token')));
  expect(await bad.client.platformsOf('docker.io/library/nginx:1', signal)).toBeUndefined();
  expect(bad.asked).toHaveLength(1);
});

test.each([
  ['private', () => json({}, { status: 403 })],
  ['not JSON', () => new Response('<html>')],
  ['of another shape', () => json({ manifests: 'no' })],
])('an answer that is %s is unknown', async (_, answer) => {
  expect(await registry(answer).client.platformsOf('ghcr.io/a/b:1', signal)).toBeUndefined();
});

test.each(['a', 'ghcr.io/../x:1', 'ghcr.io/a b:1', 'ghcr.io/a:1/../../x', 'ghcr.io/a@sha256:zz', 'user@host/a:1'])(
  '"%s" is no address',
  (image) => {
    expect(() => parseImage(image)).toThrow();
  },
);
