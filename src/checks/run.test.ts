import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { isPartName } from '../world/world.ts';
import { checks } from './catalogue.ts';
import { compare } from './compare.ts';
import { type AnyCheck, defineCheck, type FoundFault } from './define.ts';
import { runChecks } from './run.ts';
import { meta, NOW, planned, run, template, worldOf } from './testing.ts';

const fault = (name: string, more: Partial<FoundFault> = {}): FoundFault => ({
  target: name,
  message: 'm',
  evidence: [],
  remedy: 'r',
  fingerprint: name,
  lessons: [],
  ...more,
});
const checkOf = (id: string, evaluate: () => readonly FoundFault[], more: Partial<AnyCheck> = {}): AnyCheck => ({
  ...defineCheck({
    id,
    title: id,
    why: id,
    severity: 'medium',
    needs: ['pods'],
    params: z.strictObject({ days: z.int().default(3) }),
    introduced: 'note',
    evaluate,
  }),
  ...more,
});
const statuses = (list: readonly AnyCheck[], world = worldOf({})) =>
  runChecks(list, world, { now: NOW }).map(({ check, status }) => `${check} ${status}`);

test('the list of checks is what lies in the folders of checks, with different ids and files named alike', async () => {
  const files = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, import.meta.url).href) as Promise<{ default?: AnyCheck }>),
  );
  const found = modules.flatMap((each) => each.default ?? []);
  expect(new Set(checks)).toEqual(new Set(found));
  expect(checks.map(({ id }) => id).toSorted()).toEqual([
    'B01',
    'E01',
    'E03',
    ...numbered('K', 1, 2, 3, 4, 5, 6, 7, 10, 11, 13, 14, 15, 16, 17, 20, 21, 22, 25),
    ...numbered('P', 1, 2, 3, 4, 5, 6, 7, 8),
    ...numbered('S', 1, 2, 3, 4, 5),
    ...numbered('Z', 1, 2, 3, 4, 5, 6),
  ]);
});

const numbered = (letter: string, ...numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `${letter}${String(number).padStart(2, '0')}`);

test('no check passes while a part that it needs is unknown', () => {
  const named = checks.flatMap((check) => check.needs.map((part) => ({ check, part })));
  fc.assert(
    fc.property(
      fc.constantFrom(...named),
      fc.subarray([...new Set(named.map(({ part }) => part))]),
      ({ check, part }, others) => {
        const world = planned(worldOf({}), {});
        const unread = [part, ...others];
        const patched = unread.every(isPartName) ? planned(worldOf({}, unread), {}) : worldOf({}, unread);
        expect(run(check, world).status).toBe('pass');
        expect(run(check, patched).status).not.toBe('pass');
      },
    ),
  );
});

test('checks of a change do not apply to the world as it is', () => {
  const live = runChecks(checks, worldOf({}), { now: NOW }).filter(({ status }) => status === 'not_applicable');
  expect(live.map(({ check }) => check).toSorted()).toEqual(
    checks
      .filter(({ needs }) => needs.includes('change'))
      .map(({ id }) => id)
      .toSorted(),
  );
  expect(live.map(({ check }) => check)).toEqual(expect.arrayContaining(['K14', 'K11', 'P02', 'P08', 'Z06']));
});

test('a check that throws, or whose parameters do not fit, is unknown and hides nothing of the others', () => {
  const broken = checkOf('A', () => {
    throw new Error('oops');
  });
  const fine = checkOf('B', () => []);
  expect(statuses([fine, broken])).toEqual(['A unknown', 'B pass']);
  const [result] = runChecks([fine], worldOf({}), { now: NOW, params: { B: { days: 'many' } } });
  expect(result?.status).toBe('unknown');
});

test('a check sees the parts it names and no other', () => {
  let seen: readonly string[] = [];
  const spy = checkOf('A', () => [], { wants: ['nodes', 'events'] });
  const watching: AnyCheck = { ...spy, evaluate: (parts) => ((seen = Object.keys(parts)), []) };
  runChecks([watching], worldOf({}, ['events']), { now: NOW });
  expect(seen).toEqual(['pods', 'nodes']);
});

test('results and findings come worst first, each fault once', () => {
  const list = [
    checkOf('A', () => []),
    checkOf('B', () => [
      fault('b1', { severity: 'low' }),
      fault('b1', { severity: 'high' }),
      fault('b2', { severity: 'critical' }),
    ]),
    checkOf('C', () => [fault('c', { unknown: true })]),
    checkOf('D', () => [fault('d')]),
  ];
  expect(statuses(list)).toEqual(['B fail', 'D fail', 'C unknown', 'A pass']);
  const [worst] = runChecks(list, worldOf({}), { now: NOW });
  expect(worst?.findings.map(({ fingerprint, severity }) => `${fingerprint} ${severity}`)).toEqual([
    'b2 critical',
    'b1 high',
  ]);
  expect(worst?.severity).toBe('critical');
});

const results = (...faults: readonly FoundFault[]) =>
  runChecks([checkOf('A', () => faults)], worldOf({}), { now: NOW });
const unread = runChecks([checkOf('A', () => [])], worldOf({}, ['pods']), { now: NOW });

test('a comparison names what is new, what is worse, and what is gone', () => {
  const before = results(fault('same'), fault('worse'), fault('gone'), fault('better', { severity: 'high' }));
  const after = results(
    fault('same'),
    fault('worse', { severity: 'critical' }),
    fault('new'),
    fault('better', { severity: 'low' }),
  );
  const { introduced, resolved, becameUnknown } = compare(before, after);
  expect(introduced.map(({ fingerprint }) => fingerprint)).toEqual(['worse', 'new']);
  expect(resolved.map(({ fingerprint }) => fingerprint)).toEqual(['gone']);
  expect(becameUnknown).toEqual([]);
});

test('a fault that several share is not a new one when the plan leaves fewer of them; one more is', () => {
  const of = (...shared: string[]) => results(fault(`f:${shared.join()}`, { target: 'Pool tank', shared }));
  expect(compare(of('a', 'b'), of('b'))).toMatchObject({ introduced: [], resolved: [] });
  expect(compare(of('a', 'b'), of('b', 'c')).introduced).toHaveLength(1);
  expect(compare(of('a', 'b'), results()).resolved).toHaveLength(1);
});

test('what can no longer be judged is not resolved', () => {
  expect(compare(results(fault('there')), unread)).toMatchObject({
    introduced: [],
    resolved: [],
    becameUnknown: [{ check: 'A', reason: 'pods: forbidden' }],
  });
  expect(compare(unread, unread).becameUnknown).toEqual([]);
  const one = results(fault('x', { unknown: true }));
  expect(compare(results(), one)).toMatchObject({ introduced: [], becameUnknown: [{ check: 'A', target: 'x' }] });
  expect(compare(one, one).becameUnknown).toEqual([]);
});

test('a target that could not be judged and is now found faulty is introduced', () => {
  expect(compare(results(fault('x', { unknown: true })), results(fault('x'))).introduced).toHaveLength(1);
});

test('a planned value that does not fit makes its checks unknown instead of healthy', () => {
  const world = planned(worldOf({}), {
    effects: [
      {
        op: 'put',
        part: 'deployments',
        id: 'apps/web',
        value: { metadata: meta('apps/web'), spec: { replicas: 'two', template: template({}, 'x') } },
      },
    ],
  });
  const result = runChecks(checks, world, { now: NOW }).find(({ check }) => check === 'K01');
  expect(result?.status).toBe('unknown');
});
