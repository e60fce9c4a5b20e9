import { expect, test } from 'vitest';
import type { Precondition } from '../../core/plan.ts';
import type { TargetVersion } from '../../core/version.ts';
import type { GateParts } from '../deps.ts';
import { DEFAULT_TIMING } from '../deps.ts';
import { recheck } from './recheck.ts';

const target = { system: 'zfs', kind: 'Pool', namespace: 'pve1', name: 'tank' } as const;
const planned: Precondition = { target, uid: '14240067266843966631', version: 'v1' };

/** Only what the last look uses. */
const recheckWith = (preconditions: readonly Precondition[], now?: TargetVersion) =>
  recheck(
    {
      ms: DEFAULT_TIMING,
      identity: async () => 'same',
      readClients: {
        kubernetes: {
          kinds: async () => {
            throw new Error('no cluster is configured');
          },
        },
      },
      ...(now && { versions: { zfs: async () => now } }),
    } as unknown as GateParts,
    { identity: 'same', preconditions } as never,
    new AbortController().signal,
  );

test('a target of another system is read back by its own port, and the cluster is not asked', async () => {
  expect(await recheckWith([planned], { state: 'there', uid: planned.uid, version: 'v1' })).toBeUndefined();
});

test.each<[string, TargetVersion | undefined]>([
  ['another version', { state: 'there', uid: planned.uid, version: 'v2' }],
  ['a pool of the same name', { state: 'there', uid: '1', version: 'v1' }],
  ['a pool that is gone', { state: 'absent' }],
  ['a host that does not answer', { state: 'unknown', reason: 'it does not answer' }],
  ['no port for that system', undefined],
])('%s is a stale plan', async (_, now) => {
  expect(await recheckWith([planned], now)).toMatchObject({ code: 'stale_plan' });
});

test('what must not exist yet may not be there', async () => {
  const fresh: Precondition = { target, absent: true };
  expect(await recheckWith([fresh], { state: 'absent' })).toBeUndefined();
  expect(await recheckWith([fresh], { state: 'there', uid: '1', version: '1' })).toMatchObject({ code: 'stale_plan' });
  expect(await recheckWith([fresh], { state: 'unknown', reason: 'x' })).toMatchObject({ code: 'stale_plan' });
});
