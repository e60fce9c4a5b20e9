import { expect, test } from 'vitest';
import { connectionOf } from './connection.ts';

const of = (...names: readonly string[]) => ({ names: async () => names });

test('the only connection needs no name, several do', async () => {
  expect(await connectionOf(of('home'), undefined)).toBe('home');
  expect(await connectionOf(of('home'), 'other')).toBe('other'); // the client tells that there is none of that name
  await expect(connectionOf(of('home', 'attic'), undefined)).rejects.toMatchObject({
    code: 'cluster_not_named',
    hint: expect.stringContaining('home, attic'),
  });
  await expect(connectionOf(of(), undefined)).rejects.toMatchObject({ code: 'cluster_not_named' });
});
