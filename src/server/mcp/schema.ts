import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import * as z from 'zod';

/**
 * A tool's input as the client sees it. It lets every value through: the registry parses the input itself,
 * so that bad input is answered in our words, with a code and a next step, on every road.
 */
export function advertise(input: z.ZodObject): StandardSchemaWithJSON {
  const json = jsonSchemaOf(input);
  return {
    '~standard': {
      version: 1,
      vendor: 'steward',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  };
}

/** JSON Schema 2020-12 without what only costs tokens: the dialect (it is the default) and the limits of safe integers. */
export function jsonSchemaOf(input: z.ZodObject): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(input, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (isEmpty(jsonSchema.additionalProperties)) jsonSchema.additionalProperties = true;
      if (jsonSchema.propertyNames !== undefined) delete jsonSchema.propertyNames; // names of JSON members are texts anyway
    },
  });
  return schema;
}

const isEmpty = (schema: unknown): boolean =>
  typeof schema === 'object' && schema !== null && Object.keys(schema).length === 0;
