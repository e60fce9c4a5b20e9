import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withBlock, withoutBlocks } from './blocks.ts';

const piece = fc.constantFrom(
  '# Title',
  'text',
  '',
  '- item',
  '```',
  '---',
  '<!-- note -->',
  '<!-- steward',
  ' end',
  '\t',
  'ä€😀',
  '$&$1',
  '\\',
);
const people = fc
  .tuple(fc.array(piece, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n', '\r\n', '\n\n'))
  .map(([lines, eol, end]) => lines.join(eol) + end);
const content = fc.array(piece, { minLength: 1, maxLength: 6 }).map((lines) => lines.join('\n'));

test('what people wrote stays byte by byte, and writing twice changes nothing', () => {
  fc.assert(
    fc.property(people, content, content, (text, first, second) => {
      const once = withBlock(text, first, 'f');
      expect(withBlock(once, first, 'f')).toBe(once);
      expect(withoutBlocks(once)).toBe(text);
      const other = withBlock(once, second, 'f');
      expect(withoutBlocks(other)).toBe(text);
      expect(withBlock(other, undefined, 'f')).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('text around the block, before and after, stays when people write on', () => {
  fc.assert(
    fc.property(people, people, content, content, (before, after, first, second) => {
      const once = withBlock(before, first, 'f') + after;
      expect(withoutBlocks(once)).toBe(before + after);
      const twice = withBlock(once, second, 'f');
      expect(withoutBlocks(twice)).toBe(before + after);
      expect(twice.endsWith(after)).toBe(true);
      expect(withBlock(twice, second, 'f')).toBe(twice);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['only a beginning', 'a\n<!-- steward:begin: x -->\nb\n'],
  ['only an end', 'a\n<!-- steward:end -->\n'],
  [
    'two blocks',
    '<!-- steward:begin: x -->\na\n<!-- steward:end -->\n<!-- steward:begin: x -->\nb\n<!-- steward:end -->\n',
  ],
  ['a marker inside a line', 'see `<!-- steward:begin: x -->` and `<!-- steward:end -->`\n'],
])('%s is refused', (_name, text) => {
  expect(() => withBlock(text, 'new', 'f')).toThrow(expect.objectContaining({ code: 'managed_block_broken' }));
});
