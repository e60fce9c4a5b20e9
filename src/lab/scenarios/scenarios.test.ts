import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadScenario } from './load.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'scenarios-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, `${name}.yaml`), text);
const base = 'title: t\nabout: a\n';
const node = 'nodes: { a: { cpu: 2, memory: 4Gi, ip: 10.0.0.1 } }\n';

const faultOf = (name: string): unknown => {
  try {
    loadScenario(name, folder);
  } catch (error) {
    return error;
  }
  return undefined;
};

test.each([
  ['field', `${base}${node}apps: { web/a: { image: x, replicas: many } }`, 'field.yaml: apps.web/a.replicas'],
  ['extra', `${base}colour: blue`, 'extra.yaml: (top level)'],
  ['age', `${base}age: 40 days`, 'age.yaml: age'],
  ['yaml', 'a: [', 'yaml.yaml'],
  ['list', '- a', 'list.yaml'],
])('%s: an error names file and field', (name, text, where) => {
  write(name, text);
  expect(faultOf(name)).toMatchObject({ code: 'scenario_invalid', message: expect.stringContaining(where) });
});

test('what extends another adds its lists, overrides its facts and may take something out', () => {
  write(
    'parent',
    `${base}${node}age: 5d\napps: { web/a: { image: x, replicas: 2 }, web/b: { image: y } }\nexpect: [{ check: K01 }]`,
  );
  write('child', 'extends: parent\ntitle: c\nabout: c\napps: { web/a: { replicas: 3 }, web/b: null }');
  const child = loadScenario('child', folder);
  expect(child.apps['web/a']).toMatchObject({ image: 'x', replicas: 3 });
  expect(Object.keys(child.apps)).toEqual(['web/a']);
  expect(child.age).toBe(5 * 86_400_000);
  expect(child.expect).toEqual([]);
});

test('a scenario that extends itself is refused', () => {
  write('one', `extends: two\n${base}`);
  write('two', `extends: one\n${base}`);
  expect(faultOf('one')).toMatchObject({ code: 'scenario_invalid' });
});
