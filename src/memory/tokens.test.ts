import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokens } from './tokens.ts';

test('an identifier counts whole and by its parts', () => {
  expect(tokens('imagePullPolicy')).toEqual(['imagepullpolici', 'imag', 'pull', 'polici']);
  expect(tokens('kube-system/coredns')).toEqual(['kube-system/coredns', 'kube', 'system', 'coredn']);
  expect(tokens('HTTPRoute')[0]).toBe(tokens('httproute')[0]);
});

test('plain words are stemmed, stop words are gone, negations and numbers stay', () => {
  expect(tokens('The pods were crashing')).toEqual(['pod', 'crash']);
  expect(tokens('never without 12h')).toEqual(['never', 'without', '12h']);
});

test('the same word in another form is the same term', () => {
  expect(tokens('CoreDNS')[0]).toBe(tokens('coredns')[0]);
  expect(tokens('drained')).toEqual(tokens('drains'));
  expect(tokens('Scheduling')).toEqual(tokens('scheduled'));
});

test('any text gives terms that are lower case and hold no blank', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(tokens(text).filter((term) => !/^\S+$/u.test(term))).toEqual([]);
    }),
  );
});

test.each(['xy.', 'aB', 'A', 'a', 'a.', '.', 'ing', '-'])('a long run of %s takes linear time', (unit) => {
  expect(tokens(`a${unit.repeat(300_000)}b`)).toBeDefined(); // quadratic would run into the time limit
});
