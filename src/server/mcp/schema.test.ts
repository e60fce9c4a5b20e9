import { expect, test } from 'vitest';
import * as z from 'zod';
import { jsonSchemaOf } from './schema.ts';

test('a schema says what it must and nothing that only costs tokens', () => {
  const input = z.strictObject({
    name: z.string().describe('What it is called'),
    count: z.int().min(1).default(5),
    any: z.record(z.string(), z.unknown()),
  });
  expect(jsonSchemaOf(input)).toEqual({
    type: 'object',
    properties: {
      name: { type: 'string', description: 'What it is called' },
      count: { type: 'integer', minimum: 1, default: 5 },
      any: { type: 'object', additionalProperties: true },
    },
    required: ['name', 'any'],
    additionalProperties: false,
  });
});
