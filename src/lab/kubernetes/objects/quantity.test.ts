import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalQuantity, compareQuantities, parseQuantity, quantityNumber, sumQuantities } from './quantity.ts';

test.each([
  ['1000m', '1'],
  ['0.5', '500m'],
  [1, '1'],
  ['1024Mi', '1Gi'],
  ['0.5Gi', '512Mi'],
  ['1.5Gi', '1536Mi'],
  ['1000', '1k'],
  ['512Ki', '512Ki'],
  ['100', '100'],
  ['1023', '1023'],
  ['1e3', '1e3'],
  ['0', '0'],
  ['0Gi', '0'],
  ['-250m', '-250m'],
  ['.5Ki', '512'],
  ['0.0000000001', '1n'],
  ['1.0', '1'],
  ['1500M', '1500M'],
])('%s is stored as %s', (input, stored) => {
  expect(canonicalQuantity(input)).toBe(stored);
});

test.each(['', 'abc', '1 Gi', '1gb', '1KB', '--1', '1.2.3', '1ki'])('%s is no quantity', (input) => {
  expect(parseQuantity(input)).toBeUndefined();
});

test('sums stay exact where floats would not', () => {
  expect(sumQuantities(['100m', '200m', '0.7'])).toBe('1');
  expect(sumQuantities(['128Mi', '1Gi', '1'])).toBe('1207959553');
  expect(quantityNumber('1.5Gi')).toBe(1.5 * 1024 ** 3);
  expect(quantityNumber('250m')).toBe(0.25);
  expect(compareQuantities('1Gi', '1G')).toBe(1);
});

test('the canonical text means the same and is its own canonical text', () => {
  const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'u', 'n', 'e3', 'E-2');
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 999 }), suffix, (whole, part, unit) => {
      const text = `${whole}.${part}${unit}`;
      const stored = canonicalQuantity(text);
      expect(parseQuantity(stored ?? '')?.nano).toBe(parseQuantity(text)?.nano);
      expect(canonicalQuantity(stored ?? '')).toBe(stored);
    }),
  );
});
