import { expect, test } from 'vitest';
import type { Touch, WriteVerb } from '../../core/change.ts';
import { World } from '../../world/world.ts';
import { domainsOf } from '../domains.ts';
import { DEFAULT_POLICY } from '../policy.ts';
import type { Case } from './case.ts';
import { risksOf } from './risks.ts';
import { scope } from './steps/scope.ts';

const world = new World(new Date(0), {});
const touch = (verb: WriteVerb, kind: string, name: string): Touch => ({
  verb,
  target: { system: 'zfs', kind, namespace: 'pve1', name },
});
/** The parts of a case that these rules look at. */
const caseOf = (one: Touch, namespaces: readonly string[] = ['*']): Case =>
  ({
    principal: { id: 'alice/agent', scopes: ['plan'], namespaces },
    taint: [],
    policy: DEFAULT_POLICY,
    targets: [one.target],
    draft: { touches: [one], effects: [] },
    reversibility: 'reversible',
    before: world,
    after: world,
  }) as unknown as Case;

test.each([
  ['patch', 'Scrub', 'tank'],
  ['create', 'Snapshot', 'tank/media@steward-1'],
  ['patch', 'Hold', 'tank/media@steward-1:steward-keep'],
  ['create', 'Dataset', 'tank/photos'],
] as const)('%s %s takes nothing from anybody', (verb, kind, name) => {
  expect(risksOf(caseOf(touch(verb, kind, name)))).toEqual([]);
});

test.each([
  ['delete', 'Snapshot', 'tank/media@steward-1'],
  ['patch', 'HoldRelease', 'tank/media@steward-1:steward-keep'],
  ['patch', 'Dataset', 'tank/media'],
  ['patch', 'Property', 'tank/media:quota'],
  ['patch', 'VdevReplace', 'tank/1:/dev/disk/by-id/x'],
  ['patch', 'VdevOffline', 'tank/1'],
  ['patch', 'PoolErrors', 'tank'],
  ['patch', 'Anything', 'tank'],
] as const)('%s %s is storage', (verb, kind, name) => {
  expect(risksOf(caseOf(touch(verb, kind, name)))).toEqual(['storage']);
});

test('whatever is written in a pool, one plan at a time: until its end was seen no other is sent there', () => {
  for (const [kind, name] of [
    ['VdevReplace', 'tank/1:/dev/disk/by-id/x'],
    ['Property', 'tank/media:quota'],
    ['Snapshot', 'tank@steward-1'],
    ['Scrub', 'tank'],
  ] as const)
    expect(domainsOf(caseOf(touch('patch', kind, name)))).toEqual(['zpool:pve1/tank']);
});

test('a namespace that is called like the host gives no right to the host', () => {
  const scrub = touch('patch', 'Scrub', 'tank');
  expect(scope.check(caseOf(scrub, ['pve1', 'p*']))).toMatchObject({ kind: 'deny', code: 'denied_scope' });
  expect(scope.check(caseOf(scrub))).toMatchObject({ kind: 'allow' });
});
