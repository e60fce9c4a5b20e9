import type * as z from 'zod';
import type { Change } from '../core/change.ts';
import * as kubernetes from './kubernetes/schema.ts';

/** The parts of the world that hold objects: part name -> schema of one object. Keys are `namespace/name`, or `name` for cluster-scoped kinds. */
export const partSchemas = {
  ...kubernetes.schemas,
} as const satisfies Record<string, z.ZodType>;

/** What each part holds once it is known. `change` is there only in the world of a plan. */
export type Parts = {
  readonly [K in keyof typeof partSchemas]: ReadonlyMap<string, z.output<(typeof partSchemas)[K]>>;
} & { readonly change: Change };

export type PartName = keyof Parts;
