import type { Clock } from '../../core/clock.ts';
import { inputError } from '../../core/errors.ts';
import { redactText } from '../../core/redact.ts';
import type { NodeId } from '../links.ts';
import type { LessonStore, Neighbour } from '../store.ts';

export interface Relation {
  readonly from: string;
  readonly to: string;
  readonly relationType: string;
}

const MAX_RELATIONS = 500;
/** All relations between the same two are one link that names them, each with its direction. */
const BETWEEN = '\n';

export const entityNode = (name: string): `entity:${string}` => `entity:${name}`;
export const nameOfEntity = (id: NodeId): string => id.slice('entity:'.length);

interface Writes {
  relate(relations: readonly Relation[]): Promise<readonly Relation[]>;
  unrelate(relations: readonly Relation[]): Promise<readonly Relation[]>;
}

/** `demand` throws when an entity is not there. */
export function relationWrites(
  { store, clock }: { readonly store: LessonStore; readonly clock: Clock },
  demand: (name: string) => Promise<unknown>,
): Writes {
  const at = (): string => clock.now().toISOString();
  return {
    async relate(relations) {
      const added: Relation[] = [];
      for (const relation of relations.map(clean)) {
        demandTwo(relation);
        await demand(relation.from);
        await demand(relation.to);
        const held = await heldBetween(store, relation);
        if (held.includes(wordOf(relation))) continue;
        await put(store, relation, [...held, wordOf(relation)], at());
        added.push(relation);
      }
      return added;
    },
    async unrelate(relations) {
      const gone: Relation[] = [];
      for (const relation of relations.map(clean)) {
        const held = await heldBetween(store, relation);
        const kept = held.filter((word) => word !== wordOf(relation));
        if (kept.length === held.length) continue;
        await put(store, relation, kept, at());
        gone.push(relation);
      }
      return gone;
    },
  };
}

const clean = ({ from, to, relationType }: Relation): Relation => ({
  from,
  to,
  relationType: redactText(relationType),
});

function demandTwo({ from, to }: Relation): void {
  if (from === to)
    throw inputError(
      'self_relation',
      'Unable to relate an entity to itself.',
      'Say it as an observation: add_observations.',
    );
}

/** The link runs from the lesser name to the greater one; the direction of each relation stands in its word. */
const isForward = ({ from, to }: Relation): boolean => from < to;
const wordOf = (relation: Relation): string => `${isForward(relation) ? '>' : '<'}${relation.relationType}`;
const endsOf = (relation: Relation) => {
  const [from, to] = isForward(relation) ? [relation.from, relation.to] : [relation.to, relation.from];
  return { from: entityNode(from), kind: 'relates_to', to: entityNode(to) } as const;
};

async function linksOf(store: LessonStore, name: string): Promise<readonly Neighbour[]> {
  const near = await store.neighbours(entityNode(name), { depth: 1, limit: MAX_RELATIONS, kinds: ['relates_to'] });
  return near.filter(({ from, to }) => from.startsWith('entity:') && to.startsWith('entity:'));
}

const wordsOf = ({ data }: Pick<Neighbour, 'data'>): readonly string[] =>
  String(data?.['relation'] ?? '')
    .split(BETWEEN)
    .filter((one) => one !== '');

async function heldBetween(store: LessonStore, relation: Relation): Promise<readonly string[]> {
  const ends = endsOf(relation);
  const link = (await linksOf(store, relation.from)).find((one) => one.from === ends.from && one.to === ends.to);
  return link === undefined ? [] : wordsOf(link);
}

async function put(store: LessonStore, relation: Relation, words: readonly string[], at: string): Promise<void> {
  const link = endsOf(relation);
  if (words.length === 0) await store.unlink([link], at);
  else await store.link([{ ...link, data: { relation: words.join(BETWEEN) }, weight: 1, at }]);
}

export async function unrelateAll(store: LessonStore, name: string, at: string): Promise<void> {
  const links = await linksOf(store, name);
  if (links.length > 0) await store.unlink(links, at);
}

/** Relations whose both ends are among the names. */
export async function relationsAmong(store: LessonStore, names: readonly string[]): Promise<readonly Relation[]> {
  const shown = new Set(names);
  const found = new Map<string, Relation>();
  for (const name of names)
    for (const link of await linksOf(store, name)) {
      const [from, to] = [nameOfEntity(link.from), nameOfEntity(link.to)];
      if (!shown.has(from) || !shown.has(to)) continue;
      for (const word of wordsOf(link)) {
        const relationType = word.slice(1);
        const relation = word.startsWith('>') ? { from, to, relationType } : { from: to, to: from, relationType };
        found.set(JSON.stringify(relation), relation);
      }
    }
  return [...found.values()].slice(0, MAX_RELATIONS);
}
