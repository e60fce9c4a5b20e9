import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** The API's own schema, as a host serves it: AGPL, so it is read from outside and no part of it is here. */

const Numeric = z.union([z.number(), z.string()]).transform(Number).optional();
const Property = z.looseObject({
  type: z.string().optional(),
  optional: z.union([z.number(), z.string()]).optional(),
  // One method has an enumeration of nothing.
  enum: z.array(z.string()).nullish(),
  pattern: z.string().optional(),
  format: z.unknown().optional(),
  minimum: Numeric,
  maximum: Numeric,
  minLength: Numeric,
  maxLength: Numeric,
  requires: z.string().optional(),
});
export type Property = z.output<typeof Property>;

const Method = z.looseObject({
  allowtoken: z.number().optional(),
  permissions: z.unknown().optional(),
  parameters: z
    .looseObject({
      additionalProperties: z.unknown().optional(),
      properties: z.record(z.string(), Property).default({}),
    })
    .default({ properties: {}, additionalProperties: 0 }),
});
export type Method = z.output<typeof Method>;

interface Node {
  readonly path: string;
  readonly info?: Record<string, unknown> | undefined;
  readonly children?: readonly Node[] | undefined;
}
const Node: z.ZodType<Node> = z.lazy(() =>
  z.looseObject({
    path: z.string(),
    info: z.record(z.string(), z.unknown()).optional(),
    children: z.array(Node).optional(),
  }),
);

export interface Schema {
  readonly version: string;
  /** `GET /nodes/{node}/status` -> method. */
  readonly methods: ReadonlyMap<string, Method>;
}

const collect = (nodes: readonly Node[], into: Map<string, Method>): Map<string, Method> => {
  for (const { path, info = {}, children = [] } of nodes) {
    for (const [method, facts] of Object.entries(info)) into.set(`${method} ${path}`, Method.parse(facts));
    collect(children, into);
  }
  return into;
};

export const SCHEMA_FOLDER = process.env['TEST_PVE_SCHEMA'] ?? join(import.meta.dirname, '../../../../shared/data/pve');

/** Every `apidata-<version>.json` of the folder; empty = there is none. */
export function loadSchemas(): readonly Schema[] {
  if (!existsSync(SCHEMA_FOLDER)) return [];
  return readdirSync(SCHEMA_FOLDER).flatMap((file) => {
    const version = /^apidata-(.+)\.json$/.exec(file)?.[1];
    if (version === undefined) return [];
    const tree: unknown = JSON.parse(readFileSync(join(SCHEMA_FOLDER, file), 'utf8'));
    return [{ version, methods: collect(z.array(Node).parse(tree), new Map()) }];
  });
}
