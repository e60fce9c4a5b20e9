import { expect, onTestFinished, test } from 'vitest';
import { callOf } from '../../../src/guard/testing.ts';
import { EFFECT, makeFiles, openHere, planHere, startWorker } from './support.ts';

function files() {
  const made = makeFiles();
  onTestFinished(() => made.remove());
  return made;
}

test('four processes apply one plan at once: it runs once, and all of them get its outcome', async () => {
  const shared = files();
  const house = openHere(shared);
  const planId = await planHere(house);
  const workers = Array.from({ length: 4 }, () => startWorker({ ...shared, planId, writeMs: 150 }).ended);
  const ended = await Promise.all(workers);
  expect(ended.map(({ result }) => result)).toMatchObject(
    Array.from({ length: 4 }, () => ({ kind: 'ran', outcome: { state: 'done' } })),
  );
  expect(ended.filter(({ result }) => result?.kind === 'ran' && !result.repeated)).toHaveLength(1);
  expect(house.cluster.effects).toEqual([EFFECT]);
  expect(await house.journal.verify()).toMatchObject({ ok: true });
  house.journal.close();
});

test('a freeze in another process counts at once', async () => {
  const shared = files();
  const house = openHere(shared);
  const planId = await planHere(house);
  await startWorker({ ...shared, freezes: true }).ended;
  expect(await house.gate.apply({ planId, acknowledge: [] }, callOf())).toMatchObject({
    kind: 'not_executed',
    code: 'frozen',
  });
  expect(house.cluster.effects).toEqual([]);
  house.journal.close();
});

test('a restart does not touch what another process is carrying out', async () => {
  const shared = files();
  const child = startWorker({ ...shared, writeMs: 400 });
  await child.planned;
  await new Promise((resolve) => setTimeout(resolve, 150));
  const house = openHere(shared);
  expect(await house.gate.recover(new AbortController().signal)).toEqual([]);
  expect((await child.ended).result).toMatchObject({ kind: 'ran', repeated: false, outcome: { state: 'done' } });
  house.journal.close();
});
