import * as z from 'zod';

/** A list that the API may leave out or send as `null` (Go slices without `omitempty`). */
export const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

/** A map of texts that the API may leave out or send as `null`. */
export const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((found) => found ?? {});

/** RFC 3339 as the API writes it; `null` in templates. */
export const Time = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

export const IntOrString = z.union([z.number(), z.string()]);
export type IntOrString = z.output<typeof IntOrString>;

export const OwnerReference = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
});
export type OwnerReference = z.output<typeof OwnerReference>;

export const Meta = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().default(''),
  resourceVersion: z.string().default(''),
  generation: z.number().optional(),
  creationTimestamp: Time,
  deletionTimestamp: Time,
  labels: texts,
  annotations: texts,
  ownerReferences: list(OwnerReference),
  managedFields: z
    .array(
      z.looseObject({ manager: z.string().default(''), subresource: z.string().optional(), fieldsV1: z.unknown() }),
    )
    .optional(),
});
export type Meta = z.output<typeof Meta>;

export const Requirement = z.looseObject({ key: z.string(), operator: z.string(), values: list(z.string()) });
export type Requirement = z.output<typeof Requirement>;

export const LabelSelector = z.looseObject({ matchLabels: texts, matchExpressions: list(Requirement) });
export type LabelSelector = z.output<typeof LabelSelector>;

export const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: Time,
  lastUpdateTime: Time,
});
export type Condition = z.output<typeof Condition>;

/** An object of which only the metadata matters to us. */
export const Anything = z.looseObject({ metadata: Meta });
