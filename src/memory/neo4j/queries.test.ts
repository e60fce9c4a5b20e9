import { lintCypherQuery } from '@neo4j-cypher/language-support';
import { expect, test } from 'vitest';
import { migrations } from './migrations.ts';
import * as queries from './queries.ts';
import { vectorNames } from './vectors.ts';

const named: readonly (readonly [string, string])[] = Object.entries(queries).flatMap(([name, value]) =>
  typeof value === 'string' ? [[name, value] as const] : typeof value === 'function' ? [] : entriesOf(name, value),
);
const { label, index } = vectorNames('a-model@256@1');
const statements = [
  ...named,
  ['createVectorIndex', queries.createVectorIndex(label, index, 256)] as const,
  ['saveVectors', queries.saveVectors(label)] as const,
  ...migrations.flatMap((all, index) => all.map((text, i) => [`migration ${index + 1}.${i + 1}`, text] as const)),
];

function entriesOf(name: string, group: Readonly<Record<string, string>>): (readonly [string, string])[] {
  return Object.entries(group).map(([key, text]) => [`${name}.${key}`, text] as const);
}

const faults = (text: string): string[] =>
  lintCypherQuery(text, {})
    .diagnostics.map(({ message }) => (typeof message === 'string' ? message : message.value))
    .filter((message) => !/^Parameter \$\w+ is not defined/.test(message));

test('a planted fault is found', () => {
  expect(faults('MATCH (l:Lesson) WHER l.id = 1 RETURN l')).not.toEqual([]);
  expect(faults('MATCH (l:Lesson) RETURN m')).not.toEqual([]);
}, 30_000);

test.each(statements)(
  '%s is Cypher',
  (_, text) => {
    expect(faults(text)).toEqual([]);
  },
  30_000,
);
