import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokens } from '../tokens.ts';
import { Names } from './lists.ts';
import { TermReader } from './reader.ts';

test('reading gives the terms that the tokeniser gives, in order, also the second time', () => {
  const word = fc.constantFrom(
    'imagePullPolicy',
    'CoreDNS',
    'k3s-agent-1',
    'spec.selector.',
    '10.0.0.1:80/x',
    '_a',
    '-',
    'größe',
    '日本',
    '🚀',
    'the',
    'pods',
  );
  const text = fc.array(fc.oneof(word, fc.string({ maxLength: 6 })), { maxLength: 12 }).map((words) => words.join(' '));
  const names = new Names();
  const reader = new TermReader(names);
  fc.assert(
    fc.property(text, (one) => {
      for (const ids of [reader.read(one), reader.read(one)])
        expect(ids.map((id) => names.name(id < 0 ? ~id : id))).toEqual(tokens(one));
    }),
    { numRuns: 500 },
  );
});

test('parts of an identifier are told from words by themselves', () => {
  const names = new Names();
  const reader = new TermReader(names);
  const read = (text: string) => reader.read(text).map((id) => (id < 0 ? `part ${names.name(~id)}` : names.name(id)));
  expect(read('serviceMonitor service')).toEqual(['servicemonitor', 'part servic', 'part monitor', 'servic']);
  expect(read(`a-${'long-'.repeat(10)}name`)).not.toContain('long'); // too long to count whole: parts all the same
});
