import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { optionalToolsets, toolsets } from '../../src/tools/toolsets.ts';
import { expectGolden } from './golden.ts';

const tools = [...toolsets, ...optionalToolsets].flatMap((set) => set.tools);
const actions = toolsets.flatMap((set) => set.actions);
const schemaOf = (input: z.ZodObject) => z.toJSONSchema(input, { io: 'input' });

test.each(tools.map((tool) => [tool.name, tool] as const))(
  'tool %s is as it was',
  (name, { title, description, effect, input }) => {
    expectGolden(
      `tools/${name}.json`,
      JSON.stringify({ name, title, description, effect, input: schemaOf(input) }, null, 2),
    );
  },
);

test.each(actions.map((action) => [action.name, action] as const))(
  'action %s is as it was',
  (name, { title, description, signature, reversibility, input }) => {
    expectGolden(
      `actions/${name}.json`,
      JSON.stringify({ name, title, description, signature, reversibility, input: schemaOf(input) }, null, 2),
    );
  },
);

test('no golden file is left of a tool that is gone', () => {
  const names = (folder: string) =>
    readdirSync(join(import.meta.dirname, folder)).map((file) => file.replace('.json', ''));
  expect(names('tools').toSorted()).toEqual(tools.map(({ name }) => name).toSorted());
  expect(names('actions').toSorted()).toEqual(actions.map(({ name }) => name).toSorted());
});
