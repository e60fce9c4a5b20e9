import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import { inputError, notFound } from '../../core/errors.ts';
import { redactText } from '../../core/redact.ts';
import type { GraphNode } from '../nodes.ts';
import type { LessonStore } from '../store.ts';
import { tokens } from '../tokens.ts';
import {
  entityNode,
  nameOfEntity,
  type Relation,
  relationsAmong,
  relationWrites,
  unrelateAll,
} from './entity-relations.ts';

/** What users of the reference memory server know: named things, sentences about them, and named relations. */
export interface Entity {
  readonly name: string;
  readonly entityType: string;
  readonly observations: readonly string[];
}

export interface EntityGraphPart {
  readonly entities: readonly Entity[];
  readonly relations: readonly Relation[];
  /** Entities there are in all; more than are shown when it was cut. */
  readonly total: number;
}

/** On the same graph as the lessons. Deleting retires: what was known then can still be asked. */
export interface EntityGraph {
  /** Those that are there already are left as they are. Returns the names that are new. */
  create(entities: readonly Entity[], by: string): Promise<readonly string[]>;
  /** Returns those that are new. Errors: `unknown_entity`. */
  relate(relations: readonly Relation[]): Promise<readonly Relation[]>;
  /** Returns what was added per entity. Errors: `unknown_entity | too_many_observations`. */
  observe(name: string, contents: readonly string[], by: string): Promise<readonly string[]>;
  /** Retires entities with their relations; names that are not there are passed over. */
  retire(names: readonly string[], by: string): Promise<readonly string[]>;
  forget(name: string, contents: readonly string[], by: string): Promise<readonly string[]>;
  unrelate(relations: readonly Relation[]): Promise<readonly Relation[]>;
  /** At most `limit` entities, and the relations between them. */
  read(limit: number): Promise<EntityGraphPart>;
  search(text: string, limit: number): Promise<EntityGraphPart>;
  open(names: readonly string[]): Promise<EntityGraphPart>;
}

export const MAX_OBSERVATIONS = 500;
const PAGE = 500;
const MAX_READ = 20_000;

const Held = z.object({ type: z.string(), observations: z.array(z.string()) });

export function createEntityGraph(needs: Needs): EntityGraph {
  const { store } = needs;
  const part = async (entities: readonly Entity[], total: number): Promise<EntityGraphPart> => ({
    entities,
    total,
    relations: await relationsAmong(
      store,
      entities.map(({ name }) => name),
    ),
  });
  return {
    ...entityWrites(needs),
    ...relationWrites(needs, (name) => demand(store, name)),
    async read(limit) {
      const all = await everyEntity(store);
      return part(all.slice(0, limit), all.length);
    },
    async search(text, limit) {
      const found = matching(await everyEntity(store), text);
      return part(found.slice(0, limit), found.length);
    },
    async open(names) {
      const asked = await Promise.all([...new Set(names)].map((name) => find(store, name)));
      const found = asked.filter((one) => one !== undefined);
      return part(found, found.length);
    },
  };
}

interface Needs {
  readonly store: LessonStore;
  readonly clock: Clock;
}

function entityWrites({ store, clock }: Needs): Pick<EntityGraph, 'create' | 'observe' | 'retire' | 'forget'> {
  const at = (): string => clock.now().toISOString();
  const save = (entity: Entity, by: string, validTo?: string) => {
    const data = { type: entity.entityType, observations: [...entity.observations] };
    return store.saveNodes([
      { id: entityNode(entity.name), data, by, at: at(), ...(validTo !== undefined && { validTo }) },
    ]);
  };
  return {
    async create(entities, by) {
      const created: string[] = [];
      for (const entity of entities.map(clean)) {
        if ((await find(store, entity.name)) !== undefined) continue;
        await save(entity, by);
        created.push(entity.name);
      }
      return created;
    },
    async observe(name, contents, by) {
      const entity = await demand(store, name);
      const fresh = [...new Set(contents.map((one) => redactText(one)))];
      const added = fresh.filter((one) => !entity.observations.includes(one));
      demandRoom(entity.observations.length + added.length);
      if (added.length > 0) await save({ ...entity, observations: [...entity.observations, ...added] }, by);
      return added;
    },
    async retire(names, by) {
      const gone: string[] = [];
      for (const name of names) {
        const entity = await find(store, name);
        if (entity === undefined) continue;
        await unrelateAll(store, name, at());
        await save(entity, by, at());
        gone.push(name);
      }
      return gone;
    },
    async forget(name, contents, by) {
      const entity = await demand(store, name);
      const kept = entity.observations.filter((one) => !contents.includes(one));
      if (kept.length < entity.observations.length) await save({ ...entity, observations: kept }, by);
      return entity.observations.filter((one) => contents.includes(one));
    },
  };
}

const find = async (store: LessonStore, name: string): Promise<Entity | undefined> =>
  toEntity(await store.node(entityNode(name)));

async function demand(store: LessonStore, name: string): Promise<Entity> {
  const found = await find(store, name);
  if (found !== undefined) return found;
  throw notFound(
    'unknown_entity',
    'Unable to change the graph: one of the entities is not there.',
    'Create it first with create_entities.',
  );
}

function demandRoom(count: number): void {
  if (count > MAX_OBSERVATIONS)
    throw inputError(
      'too_many_observations',
      `Unable to add observations: an entity holds at most ${MAX_OBSERVATIONS}.`,
      'Delete some, or make another entity.',
    );
}

/** Retired ones are known, and no longer valid: they are not there. */
function toEntity(node: GraphNode | undefined): Entity | undefined {
  if (node === undefined || node.validTo !== undefined) return undefined;
  const { type, observations } = Held.parse(node.data);
  return { name: nameOfEntity(node.id), entityType: type, observations };
}

const clean = ({ name, entityType, observations }: Entity): Entity => ({
  name: redactText(name),
  entityType: redactText(entityType),
  observations: [...new Set(observations.map((one) => redactText(one)))],
});

async function everyEntity(store: LessonStore): Promise<readonly Entity[]> {
  const all: Entity[] = [];
  for (let after: string | undefined; all.length < MAX_READ; ) {
    const page = await store.nodes({ kind: 'entity', limit: PAGE, ...(after !== undefined && { after }) });
    all.push(...page.flatMap((node) => toEntity(node) ?? []));
    after = page.at(-1)?.id;
    if (after === undefined || page.length < PAGE) break;
  }
  return all;
}

/** By how many of the words stand in it; as a part of its text too, which is what users of the reference server expect. */
function matching(all: readonly Entity[], text: string): readonly Entity[] {
  const wanted = new Set(tokens(text));
  const lower = text.toLowerCase();
  return all
    .map((entity) => {
      const words = [entity.name, entity.entityType, ...entity.observations].join('\n');
      const mine = new Set(tokens(words));
      const hits = [...wanted].filter((term) => mine.has(term)).length;
      return { entity, score: hits + (words.toLowerCase().includes(lower) ? wanted.size + 1 : 0) };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.entity.name < b.entity.name ? -1 : 1))
    .map(({ entity }) => entity);
}
