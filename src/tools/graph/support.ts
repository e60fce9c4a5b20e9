import * as z from 'zod';
import type { Output, Section } from '../../core/output.ts';
import type { EntityGraphPart } from '../../memory/learn/entities.ts';
import type { Relation } from '../../memory/learn/entity-relations.ts';

/** Names are ids: one line, no blanks around. */
export const Name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\S(?:[^\n\r]*\S)?$/);
export const Observation = z.string().min(1).max(2_000);
export const RelationInput = z.strictObject({ from: Name, to: Name, relationType: Name });
/** Of one call. */
export const MAX_ITEMS = 50;

/** Entities and relations as text: they are somebody's words, so they stand in the fence. */
export function renderPart({ entities, relations, total }: EntityGraphPart): Output {
  const cut = total > entities.length ? ` of ${total}` : '';
  const sections: readonly Section[] = [
    {
      kind: 'text',
      text: entities
        .map(({ name, entityType, observations }) =>
          [`${name} (${entityType})`, ...observations.map((one) => `  - ${one}`)].join('\n'),
        )
        .join('\n'),
    },
    ...(relations.length === 0 ? [] : [relationTable(relations)]),
  ];
  return {
    summary:
      total === 0
        ? 'The graph holds no such entity.'
        : `${entities.length}${cut} entities, ${relations.length} relations.`,
    ...(total > 0 && { sections }),
    ...(cut !== '' && { next: 'Narrow it: search_nodes with words, or open_nodes with names.' }),
  };
}

export const relationTable = (relations: readonly Relation[]): Section => ({
  kind: 'table',
  columns: ['from', 'relation', 'to'],
  rows: relations.map(({ from, relationType, to }) => [from, relationType, to]),
});

/** What a change did; names are somebody's words. */
export const renderNames = (summary: string, names: readonly string[]): Output => ({
  summary,
  ...(names.length > 0 && { sections: [{ kind: 'text', text: names.join('\n') }] }),
});
