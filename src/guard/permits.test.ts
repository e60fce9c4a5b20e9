import { expect, test } from 'vitest';
import type { Touch } from '../core/change.ts';
import { ManualClock } from '../core/clock.ts';
import type { StewardError } from '../core/errors.ts';
import type { Permit } from '../core/permit.ts';
import { openJournal } from './journal/open.ts';
import { createPermits } from './permits.ts';

const touch: Touch = {
  verb: 'patch',
  target: { system: 'kubernetes', group: 'apps', kind: 'Deployment', namespace: 'media', name: 'web' },
};

function open() {
  const clock = new ManualClock('2026-11-21T08:00:00Z');
  const { journal } = openJournal({ path: ':memory:', clock });
  const permits = createPermits({ journal, clock });
  const notAfter = new Date(+clock.now() + 60_000);
  const permit = permits.mint({ planId: 'plan-1', touches: [touch], notAfter, leases: [] });
  const codeOf = (one: Permit | undefined, on: Touch = touch): string | undefined => {
    try {
      permits.check(one, on);
      return undefined;
    } catch (error) {
      return (error as StewardError).code;
    }
  };
  return { clock, journal, permits, permit, codeOf };
}

test('a permit covers exactly its writes', () => {
  const { permit, codeOf } = open();
  expect(codeOf(permit)).toBeUndefined();
  const { target } = touch;
  for (const [field, value] of Object.entries({
    name: 'db',
    namespace: 'games',
    kind: 'StatefulSet',
    group: '',
    system: 'helm',
  }))
    expect(codeOf(permit, { verb: 'patch', target: { ...target, [field]: value } })).toBe('permit_out_of_scope');
  for (const verb of ['create', 'update', 'delete', 'evict'] as const)
    expect(codeOf(permit, { verb, target })).toBe('permit_out_of_scope');
});

test('no group and the empty group are the same; a slash cannot stand in for a field', () => {
  const { permits, codeOf, clock } = open();
  const pod: Touch = { verb: 'evict', target: { system: 'kubernetes', kind: 'Pod', namespace: 'a', name: 'b' } };
  const permit = permits.mint({ planId: 'p', touches: [pod], notAfter: new Date(+clock.now() + 1_000), leases: [] });
  expect(codeOf(permit, { ...pod, target: { ...pod.target, group: '' } })).toBeUndefined();
  const twin: Touch = { verb: 'evict', target: { system: 'kubernetes', group: 'Pod', kind: 'a', name: 'b' } };
  expect(codeOf(permit, twin)).toBe('permit_out_of_scope');
});

test('missing and forged permits are refused, whatever they say', () => {
  const { permit, codeOf } = open();
  expect(codeOf(undefined)).toBe('permit_missing');
  expect(codeOf({ ...permit })).toBe('permit_forged');
  expect(
    codeOf(structuredClone({ planId: permit.planId, touches: permit.touches, notAfter: permit.notAfter }) as Permit),
  ).toBe('permit_forged');
  expect(() => Object.assign(permit, { touches: [] })).toThrow();
});

test('a date or a list that is changed afterwards changes nothing', () => {
  const { permit, codeOf, clock } = open();
  permit.notAfter.setFullYear(2040);
  expect(() => (permit.touches as Touch[]).push({ ...touch, verb: 'delete' })).toThrow();
  expect(codeOf(permit, { ...touch, verb: 'delete' })).toBe('permit_out_of_scope');
  clock.advance(60_000);
  expect(codeOf(permit)).toBe('permit_expired');
});

test('an expired and a stopped permit, and one whose lease was taken over', () => {
  const { permits, permit, codeOf, clock, journal } = open();
  const lease = { key: 'target:x', token: 1, plan: 'plan-1', owner: 'gone', beatMs: 0 };
  const leased = permits.mint({
    planId: 'plan-1',
    touches: [touch],
    notAfter: new Date(+clock.now() + 1_000),
    leases: [lease],
  });
  expect(codeOf(leased)).toBe('permit_expired');
  journal.transaction(() => journal.leases.acquire(['target:x'], { plan: 'plan-1', owner: 'me', nowMs: 0 }));
  expect(codeOf(leased)).toBeUndefined();
  permits.stop(permit, 'the call was cancelled');
  expect(codeOf(permit)).toBe('permit_expired');
});

test('a freeze counts at once', () => {
  const { permit, codeOf, journal } = open();
  journal.append({ event: 'frozen', principal: 'alice/terminal', summary: 'stop' });
  expect(codeOf(permit)).toBe('frozen');
  journal.append({ event: 'thawed', principal: 'alice/terminal', summary: 'go' });
  expect(codeOf(permit)).toBeUndefined();
});
