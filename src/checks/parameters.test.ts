import { expect, test } from 'vitest';
import { checks } from './catalogue.ts';
import { demandParameters, parametersOf } from './parameters.ts';

test('every check runs without any parameter', () => {
  for (const check of checks) expect(() => parametersOf(check), check.id).not.toThrow();
});

test('a check that is not there and a parameter that does not fit are refused, with what would', () => {
  const refusal = (given: Parameters<typeof demandParameters>[1]) => {
    try {
      demandParameters(checks, given);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  expect(refusal({ Z99: {} })).toMatchObject({ kind: 'config', code: 'unknown_check' });
  expect(refusal({ Z02: { maxDays: 'many' } })).toMatchObject({
    code: 'invalid_check_parameter',
    hint: expect.stringContaining('maxDays (35)'),
  });
  expect(refusal({ Z02: { maxDay: 60 } })).toMatchObject({ code: 'invalid_check_parameter' });
  expect(refusal({ K01: { anything: 1 } })).toMatchObject({ hint: expect.stringContaining('no parameters') });
  expect(refusal({ Z02: { maxDays: 60 } })).toBeUndefined();
});
