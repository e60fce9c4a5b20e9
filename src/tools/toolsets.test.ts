import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { MAX_DESCRIPTION } from './ops/plan-change.ts';
import { optionalToolsets, toolsets, toolsetsFor } from './toolsets.ts';

const tools = toolsets.flatMap((set) => set.tools);
const actions = toolsets.flatMap((set) => set.actions);

/** Files of a folder that hold one tool or action each; shared code stands in `support`. */
const filesIn = (folder: string): string[] =>
  readdirSync(join(import.meta.dirname, folder))
    .filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !['support.ts', 'render-plan.ts'].includes(name),
    )
    .map((name) => name.replace('.ts', '').replaceAll('-', '_'));

const fileOf = (name: string): string => name.replace(/^(?:cluster|helm|zfs|proxmox|power)_/, '');
const namesOf = (set: string, of: 'tools' | 'actions'): string[] =>
  toolsets.filter(({ name }) => name === set).flatMap((one) => one[of].map(({ name }) => fileOf(name)));

test('the lists name every file of the folders, and nothing else', () => {
  for (const [folder, names] of [
    [
      'cluster',
      tools.filter(({ name }) => name.startsWith('cluster_') || name === 'overview').map(({ name }) => fileOf(name)),
    ],
    ['cluster/actions', namesOf('cluster', 'actions')],
    ['helm', namesOf('helm', 'tools')],
    ['helm/actions', namesOf('helm', 'actions')],
    ['zfs', [...namesOf('zfs', 'tools'), 'always_refused']],
    ['zfs/actions', namesOf('zfs', 'actions')],
    ['proxmox', [...namesOf('proxmox', 'tools'), 'always_refused']],
    ['proxmox/actions', namesOf('proxmox', 'actions')],
    ['power', namesOf('power', 'actions')],
    ['ops', ['plan_change', 'apply_plan', 'plan_show', 'journal_list', 'depends_on']],
    ['memory', ['lessons_search', 'lessons_graph', 'lesson_record', 'lesson_feedback']],
    ['graph', optionalToolsets.flatMap((set) => set.tools.map(({ name }) => name))],
  ] as const)
    expect(filesIn(folder).toSorted(), folder).toEqual([...names].toSorted());
});

test('names are unique, speak of their toolset, and titles and descriptions are short', () => {
  const all = [...tools, ...actions];
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { name, title, description } of all) {
    expect(name).toMatch(
      /^(?:cluster_[a-z_]+|helm_[a-z]+|zfs_[a-z_]+|proxmox_[a-z_]+|power_[a-z]+|depends_on|overview|plan_[a-z]+|apply_plan|lessons?_[a-z]+|journal_[a-z]+)$/,
    );
    expect(title.length).toBeGreaterThan(3);
    expect(title.length).toBeLessThan(60);
    if (name !== 'plan_change') expect(description.length, name).toBeLessThan(2_000);
  }
});

test('plan_change lists every action with its signature and stays below what clients cut', () => {
  const { description } = tools.find(({ name }) => name === 'plan_change')!;
  expect(description.length).toBeLessThan(MAX_DESCRIPTION);
  for (const { name, signature } of actions) expect(description.split('\n')).toContain(`${name} ${signature}`);
});

test('schemas are strict objects without unions at the top, and every field of an action is in its signature', () => {
  for (const { name, input } of [...tools, ...actions]) {
    const schema = z.toJSONSchema(input, { io: 'input' });
    expect(schema, name).toMatchObject({ type: 'object', additionalProperties: false });
    expect(schema.anyOf ?? schema.oneOf ?? schema.allOf, name).toBeUndefined();
  }
  for (const { name, input, signature } of actions)
    for (const field of Object.keys(input.shape)) expect(signature, name).toMatch(new RegExp(`\\b${field}\\b`));
});

test('a system that is not configured is neither listed nor callable nor described', () => {
  const without = toolsetsFor((system) => system !== 'zfs').flatMap((set) => [...set.tools, ...set.actions]);
  expect(without.filter(({ name }) => name.startsWith('zfs_'))).toEqual([]);
  expect(without.find(({ name }) => name === 'plan_change')?.description).not.toContain('zfs_');
});

test('only apply_plan changes anything, and no read tool needs the gate to write', () => {
  expect(tools.filter(({ effect }) => effect === 'apply').map(({ name }) => name)).toEqual(['apply_plan']);
  expect(tools.filter(({ effect }) => effect === 'plan').map(({ name }) => name)).toEqual(['plan_change']);
  expect(tools.filter(({ effect }) => effect === 'note').map(({ name }) => name)).toEqual([
    'lesson_record',
    'lesson_feedback',
  ]);
});

test('all definitions together cost at most 6,000 tokens (4 characters each)', () => {
  const bytes = JSON.stringify(
    tools.map(({ name, title, description, input }) => ({
      name,
      title,
      description,
      inputSchema: z.toJSONSchema(input, { io: 'input' }),
    })),
  );
  expect(bytes.length / 4).toBeLessThan(6_000);
});
