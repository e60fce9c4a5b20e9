/**
 * What a plan would change in the world, as plain data.
 * `part` is the name of a part of the world (`pods`, `nodes` ...), `id` its key in that part (`namespace/name` or `name`).
 * `world/` alone applies effects and parses `value` with the schema of the part.
 */
export type Effect =
  | { readonly op: 'put'; readonly part: string; readonly id: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly part: string; readonly id: string };
