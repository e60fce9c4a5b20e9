import { expect, test } from 'vitest';
import { threeWayPatch } from './three-way.ts';

const APPS = { group: 'apps' };
const object = (spec: object, metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'media', ...metadata },
  spec,
});

test('what the new manifest says is set, what only the old one said goes, the rest is left alone', () => {
  const { type, body } = threeWayPatch(
    APPS,
    object({ replicas: 1, paused: true, selector: { a: '1' } }, { labels: { old: 'x', both: '1' } }),
    object({ replicas: 2, selector: { a: '1' } }, { labels: { both: '2' } }),
  );
  expect(type).toBe('strategic');
  expect(body).toEqual({
    metadata: { labels: { both: '2', old: null } },
    spec: { replicas: 2, selector: { a: '1' }, paused: null },
  });
});

test('items of keyed lists are told apart by their key', () => {
  const containers = (...list: object[]) => object({ template: { spec: { containers: list } } });
  const { body } = threeWayPatch(
    APPS,
    containers(
      {
        name: 'web',
        image: 'a:1',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      { name: 'side', image: 's' },
    ),
    containers({ name: 'web', image: 'a:2', env: [{ name: 'A', value: '1' }] }),
  );
  expect(body).toMatchObject({
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: 'web',
              image: 'a:2',
              env: [
                { name: 'A', value: '1' },
                { $patch: 'delete', name: 'B' },
              ],
            },
            { $patch: 'delete', name: 'side' },
          ],
        },
      },
    },
  });
});

test('plain lists and lists of custom resources are replaced as a whole', () => {
  expect(threeWayPatch(APPS, object({ args: ['a', 'b'] }), object({ args: ['c'] })).body).toEqual({
    metadata: {},
    spec: { args: ['c'] },
  });
  const custom = threeWayPatch(
    { group: 'cert-manager.io' },
    object({ list: [{ name: 'a' }, { name: 'b' }] }),
    object({ list: [{ name: 'a' }] }),
  );
  expect(custom).toEqual({ type: 'merge', body: { metadata: {}, spec: { list: [{ name: 'a' }] } } });
});
