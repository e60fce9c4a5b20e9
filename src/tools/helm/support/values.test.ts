import { expect, test } from 'vitest';
import { diffValues, maskValues, mergeValues } from './values.ts';

test('values are laid over those that are set, map by map', () => {
  expect(
    mergeValues({ image: { tag: '1', repository: 'r' }, list: [1, 2] }, { image: { tag: '2' }, list: [3], off: null }),
  ).toEqual({
    image: { tag: '2', repository: 'r' },
    list: [3],
    off: null,
  });
});

test('what a name says is secret is masked, whatever it looks like', () => {
  const masked = JSON.stringify(
    maskValues({
      auth: { adminPassword: 'plain word', existingSecret: { secretName: 'shop-auth' } },
      env: [
        { name: 'DB_PASSWORD', value: 'letmein' },
        { name: 'TZ', value: 'Europe/Berlin' },
      ],
      token: 'abcdef',
      credentials: { user: 'bob', nested: ['x1'] },
      url: 'postgres://app:geheim@db/app',
      replicas: 2,
    }),
  );
  for (const secret of ['plain word', 'letmein', 'abcdef', 'bob', 'x1', 'geheim']) expect(masked).not.toContain(secret);
  for (const shown of ['Europe/Berlin', 'shop-auth', '"replicas":2']) expect(masked).toContain(shown);
});

test('a difference of secrets is told without them', () => {
  expect(diffValues({ password: 'one1' }, { password: 'two2' })).toBe('~ masked values differ');
  expect(diffValues({ tag: '1' }, { tag: '2' })).toBe('- tag: "1"\n+ tag: "2"');
  expect(diffValues({ a: 1 }, { a: 1 })).toBe('');
});
