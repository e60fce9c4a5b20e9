import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const TEXT = fc.array(fc.constantFrom('a', 'b', 'c', 'd: 1', ''), { maxLength: 40 }).map((lines) => lines.join('\n'));

test('every line of both texts is in the difference with whole context, in order', () => {
  fc.assert(
    fc.property(TEXT, TEXT, (before, after) => {
      const lines = unifiedDiff(before, after, 1_000).split('\n');
      const side = (mark: string) => lines.filter((line) => line[0] !== mark).map((line) => line.slice(2));
      if (before === after) expect(lines).toEqual(['']);
      else {
        expect(side('+').join('\n').trimEnd()).toBe(before.trimEnd());
        expect(side('-').join('\n').trimEnd()).toBe(after.trimEnd());
      }
    }),
  );
});

test('a small change in a long text is short', () => {
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i}`);
  expect(unifiedDiff(lines.join('\n'), lines.with(250, 'changed').join('\n'), 1)).toBe(
    '  line 249\n- line 250\n+ changed\n  line 251',
  );
});

test('texts too long to compare line by line are still shown', () => {
  const long = (word: string) => Array.from({ length: 3_000 }, (_, i) => `${word} ${i}`).join('\n');
  expect(unifiedDiff(long('a'), long('b')).split('\n')).toHaveLength(6_000);
});
