import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { ToolEffect } from '../../core/tool.ts';

/**
 * All four hints, always: a client takes a missing `destructiveHint` and `openWorldHint` for true.
 * Planning is read-only to the outside, so that a client need not ask its person twice for one change.
 * `apply` is idempotent because a repeated call returns the kept result and runs nothing again.
 */
const HINTS = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  plan: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  note: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  apply: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
} as const satisfies Record<ToolEffect, Required<Omit<ToolAnnotations, 'title'>>>;

export const annotationsFor = (effect: ToolEffect): Required<Omit<ToolAnnotations, 'title'>> => HINTS[effect];
