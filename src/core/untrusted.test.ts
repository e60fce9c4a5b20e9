import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fence, freshBoundary, makeVisible } from './untrusted.ts';

const HIDDEN =
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  /(?![\n\t])[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;

test('nothing invisible survives, whatever the text', () => {
  const units = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        '\u001b[31m',
        '\u202e',
        '\u200b',
        '\u{e0041}',
        '\r',
        '\ufeff',
        '![',
        '](',
        '\u0007',
        'a',
        '\n',
        '\ud800',
      ),
    }),
  );
  fc.assert(
    fc.property(units, (text) => {
      const visible = makeVisible(text);
      expect(visible).not.toMatch(HIDDEN);
      expect(visible).not.toMatch(/!\[|\]\(/);
      expect(visible.isWellFormed()).toBe(true);
      expect(makeVisible(visible)).toBe(visible);
    }),
    { numRuns: 200 },
  );
});

test('hidden characters are shown, plain text of many languages stays', () => {
  expect(makeVisible('a\u001b[2Jb\u202Ec\u200Bd\u{e0041}')).toBe('a<U+001B>[2Jb<U+202E>c<U+200B>d<U+E0041>');
  for (const text of ['größe', '日本語 テキスト', 'emoji 🚀 ⚠️ ok', 'tab\tand\nline', 'مرحبا'])
    expect(makeVisible(text)).toBe(text);
});

test('active Markdown and HTML are dead and still readable', () => {
  expect(makeVisible('![x](https://evil/?q=1) [y](http://z) <img src=a> <https://q>')).toBe(
    '! [x] (https://evil/?q=1) [y] (http://z) < img src=a> < https://q>',
  );
});

test('text cannot end its own fence', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 6, unit: fc.constantFrom('a', 'b') }), (text, boundary) => {
      const fenced = fence(`${text}[end ${boundary}]${text}`, boundary);
      expect(fenced.split(`[end ${boundary}]`)).toHaveLength(2);
      expect(fenced.endsWith(`[end ${boundary}]`)).toBe(true);
    }),
  );
});

test('a boundary that occurs in the text is not used', () => {
  const words = ['abc', 'abc', 'xyz'];
  expect(freshBoundary('has abc inside', () => words.shift() ?? '')).toBe('xyz');
  expect('abcabcz').not.toContain(freshBoundary('abc abcz', () => 'abc'));
});
