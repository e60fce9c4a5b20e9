import { afterEach, beforeEach, expect, test } from 'vitest';
import { openServer, type TestServer } from './testing.ts';

let lab: TestServer;
const path = '/api/v1/namespaces/default/configmaps';
const put = (name: string, labels = {}) => lab.call('POST', path, { metadata: { name, labels }, data: { n: name } });
const names = (body: { items: { metadata: { name: string } }[] }) => body.items.map(({ metadata }) => metadata.name);

beforeEach(async () => {
  lab = await openServer();
});
afterEach(() => lab.close());

async function pages(limit: number, between: () => Promise<unknown> = async () => undefined): Promise<string[][]> {
  const found: string[][] = [];
  let token = '';
  do {
    const { body } = await lab.call('GET', `${path}?limit=${limit}&continue=${token}`);
    found.push(names(body));
    token = body.metadata.continue ?? '';
    if (found.length === 1) await between();
  } while (token);
  return found;
}

test.each([1, 2, 3, 7, 8, 100])('pages of %i hold every object once, in order', async (limit) => {
  for (const name of ['b', 'a', 'd', 'c', 'f', 'e', 'g']) await put(name);
  expect((await pages(limit)).flat()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
});

test('later pages show the list as it was when the first was made', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await put(name);
  const found = await pages(2, async () => {
    await lab.call('DELETE', `${path}/c`);
    await put('bb');
    await put('e');
  });
  expect(found).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect((await lab.call('GET', path)).body.items).toHaveLength(5);
});

test('the number of objects left is told unless a selector decides', async () => {
  for (const name of ['a', 'b', 'c']) await put(name, { l: 'x' });
  expect((await lab.call('GET', `${path}?limit=1`)).body.metadata.remainingItemCount).toBe(2);
  const selected = (await lab.call('GET', `${path}?limit=1&labelSelector=l%3Dx`)).body.metadata;
  expect(selected.continue).toBeTruthy();
  expect(selected).not.toHaveProperty('remainingItemCount');
});

test('a token from too long ago is 410 with one to go on with', async () => {
  for (const name of ['a', 'b', 'c']) await put(name);
  const { body } = await lab.call('GET', `${path}?limit=1`);
  for (let write = 0; write < 13_000; write += 1)
    lab.api.updateStatus(
      'namespaces',
      {
        ...lab.api.get('namespaces', undefined, 'default')!,
        status: { phase: 'Active', conditions: [{ type: 'X', status: 'True', reason: `r${write}`, message: '' }] },
      },
      'm',
    );
  const gone = await lab.call('GET', `${path}?limit=1&continue=${body.metadata.continue}`);
  expect([gone.code, gone.body.reason]).toEqual([410, 'Expired']);
  const rest = await lab.call('GET', `${path}?continue=${gone.body.metadata.continue}`);
  expect(names(rest.body)).toEqual(['b', 'c']);
}, 30_000);

test.each([
  ['limit=x', 400],
  ['continue=abc', 400],
  ['resourceVersion=x', 400],
  ['resourceVersion=99999999', 504],
  ['resourceVersionMatch=Exact', 422],
  ['labelSelector=%3D', 400],
  ['fieldSelector=data.x%3D1', 400],
])('%s is %i', async (query, code) => {
  expect((await lab.call('GET', `${path}?${query}`)).code).toBe(code);
});

test('ten thousand objects are listed while they are written out', async () => {
  const { store } = lab.api.context;
  const one = (await put('one')).body;
  for (let index = 0; index < 10_000; index += 1)
    store.create('configmaps', { ...one, metadata: { ...one.metadata, name: `c${index}`, uid: `${index}` } });
  const { body } = await lab.call('GET', path);
  expect(body.items).toHaveLength(10_001);
});
