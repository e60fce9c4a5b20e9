import { expect, test } from 'vitest';
import { storeError } from './errors.ts';

const fromDriver = (code: string): Error => Object.assign(new Error('as the server says it.'), { code });

test.each([
  ['ServiceUnavailable', 'lesson_store_unreachable', true],
  ['SessionExpired', 'lesson_store_unreachable', true],
  ['Neo.TransientError.General.DatabaseUnavailable', 'lesson_store_unreachable', true],
  ['Neo.ClientError.Security.Unauthorized', 'lesson_store_unauthorized', false],
  ['Neo.ClientError.Database.DatabaseNotFound', 'lesson_store_missing', false],
  ['Neo.ClientError.General.ForbiddenOnReadOnlyDatabase', 'lesson_store_readonly', false],
  ['Neo.ClientError.General.WriteOnReadOnlyAccessDatabase', 'lesson_store_readonly', false],
  ['Neo.ClientError.Cluster.NotALeader', 'lesson_store_readonly', false],
  ['Neo.ClientError.Transaction.TransactionTimedOut', 'lesson_store_slow', true],
  ['Neo.TransientError.Transaction.LockClientStopped', 'lesson_store_slow', true],
  ['Neo.DatabaseError.General.UnknownError', 'lesson_store_failed', false],
  ['', 'lesson_store_failed', false],
])('%s is %s', (said, code, retryable) => {
  const error = storeError('save a lesson in', 'bolt://neo4j.lan:7687', fromDriver(said));
  expect(error).toMatchObject({ kind: 'target', code, retryable });
  expect(error.hint).not.toBe('');
});

test('an error of ours stays as it is', () => {
  const ours = storeError('open', 'bolt://a', fromDriver('SessionExpired'));
  expect(storeError('read', 'bolt://b', ours)).toBe(ours);
});
