import { expect, test } from 'vitest';
import { lazy, standIn } from './lazy.ts';

class Counter {
  #count = 0;
  async add(by: number): Promise<number> {
    this.#count += by;
    return this.#count;
  }
}

test('nothing is made before the first call, and then once', async () => {
  let made = 0;
  const load = lazy(async () => {
    made += 1;
    return new Counter();
  });
  const counter = standIn<Counter>(load, { add: true });
  expect([made, load.peek()]).toEqual([0, undefined]);
  expect([await counter.add(2), await counter.add(3)]).toEqual([2, 5]);
  expect(made).toBe(1);
});

test('a failure is not kept', async () => {
  let tries = 0;
  const load = lazy(async () => {
    if (++tries === 1) throw new Error('not yet');
    return tries;
  });
  await expect(load()).rejects.toThrow('not yet');
  expect(await load()).toBe(2);
});
