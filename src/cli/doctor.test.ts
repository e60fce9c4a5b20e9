import { expect, test } from 'vitest';
import type { CheckResult, Finding } from '../core/finding.ts';
import type { Severity } from '../core/severity.ts';
import { exitCodeOf } from './doctor.ts';

const result = (
  status: CheckResult['status'],
  severity: Severity = 'low',
  findings: readonly Finding[] = [],
): CheckResult => ({
  check: 'K00',
  title: 'Something is so',
  severity,
  status,
  findings,
});
const doubt: Finding = {
  check: 'K00',
  severity: 'low',
  target: 'Pod a/b',
  message: 'could not be judged',
  evidence: [],
  remedy: 'Look.',
  fingerprint: 'K00:a/b',
  lessons: [],
  unknown: true,
};

test.each([
  ['all is well', [result('pass'), result('not_applicable')], 0],
  ['a small finding', [result('fail', 'medium'), result('pass')], 1],
  ['a grave one', [result('fail', 'high'), result('unknown')], 2],
  ['the worst', [result('fail', 'critical')], 2],
  ['nothing could be checked', [result('unknown')], 3],
  ['a small finding beside doubt', [result('fail', 'low'), result('unknown')], 3],
  ['doubt about one target', [result('fail', 'low', [doubt])], 3],
  ['no check at all', [], 3],
  ['no check that applies', [result('not_applicable')], 3],
])('%s', (_name, results, code) => {
  expect(exitCodeOf(results)).toBe(code);
});
