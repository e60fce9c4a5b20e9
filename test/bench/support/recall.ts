import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '../../../src/core/clock.ts';
import type { LessonMatch, Proposal } from '../../../src/core/consult.ts';
import { countingIds } from '../../../src/core/ids.ts';
import type { Lesson } from '../../../src/core/lesson.ts';
import type { EmbeddingTable } from '../../../src/memory/embed/table.ts';
import { InMemoryLessonStore } from '../../../src/memory/in-memory.ts';
import { createLessons, type LessonsService } from '../../../src/memory/lessons.ts';
import { type Measures, mean, measure } from './measures.ts';
import type { RecallSet } from './sets.ts';

export const AT = '2026-11-21T08:00:00.000Z';

/** A service over some lessons, with the vectors of a table when one is given. */
export async function serviceOf(lessons: readonly Lesson[], table?: EmbeddingTable): Promise<LessonsService> {
  const store = new InMemoryLessonStore();
  for (const lesson of lessons) await store.save({ lesson, by: 'file', at: AT });
  const service = createLessons({ store, clock: new ManualClock(AT), newId: countingIds() });
  if (table !== undefined) await service.useTable(table);
  return service;
}

/** Ids, best first, at most ten. */
export const searchOf =
  (service: LessonsService) =>
  async (text: string): Promise<readonly string[]> =>
    (await service.search({ text, limit: 10 })).map(({ lesson }) => lesson.id);

/** How well a method finds what the queries of a set want. */
export async function measureSearch(
  { queries }: Pick<RecallSet, 'queries'>,
  find: (text: string) => readonly string[] | Promise<readonly string[]>,
): Promise<Measures> {
  const all: Measures[] = [];
  for (const { text, relevant } of queries) all.push(measure(await find(text), relevant));
  return mean(all);
}

type Match = Pick<LessonMatch, 'id' | 'strength'>;
export type Consult = (proposal: Proposal) => Promise<readonly Match[]>;

export const consultOf =
  (service: LessonsService): Consult =>
  async (proposal) =>
    (await service.consult(proposal)).matches;

interface Change {
  readonly name: string;
  readonly proposal: Proposal;
}

/** How often a failure finds its own lesson, and which failures do not find it first. */
export async function measureFailures(
  failures: readonly (Change & { readonly lesson?: string })[],
  consult: Consult,
): Promise<Measures & { readonly missed: readonly string[] }> {
  const missed: string[] = [];
  const all: Measures[] = [];
  for (const { name, proposal, lesson = '' } of failures) {
    const found = measure(
      (await consult(proposal)).map(({ id }) => id),
      [lesson],
    );
    if (found.first < 1) missed.push(name);
    all.push(found);
  }
  return { ...mean(all), missed };
}

/** What harmless changes are told for nothing: `lessons` are those that a rule is right to find. */
export async function measureNoise(
  harmless: readonly (Change & { readonly lessons?: readonly string[] })[],
  consult: Consult,
): Promise<{ readonly noise5: number; readonly noisy: readonly string[]; readonly certain: number }> {
  const noisy: string[] = [];
  let shown = 0;
  let certain = 0;
  for (const { name, proposal, lessons = [] } of harmless) {
    const told = (await consult(proposal)).filter(({ id }) => !lessons.includes(id));
    if (told.length > 0) noisy.push(`${name}: ${told.map(({ id }) => id).join(', ')}`);
    shown += told.length;
    certain += told.filter(({ strength }) => strength === 'certain').length;
  }
  return { noise5: shown / harmless.length, noisy, certain };
}

/** Changes to the two homelabs of the lab as the guard handed them over, with what a rule finds for each of them. */
export function recordedPlans(
  folder: string,
): ReadonlyMap<string, readonly (Change & { readonly lessons: readonly string[] })[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return new Map(files.map((name) => [name.replace(/\.jsonl$/, ''), plansOf(join(folder, name))]));
}

const plansOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly proposal: Proposal; readonly lessons: readonly string[] })
    .map(({ proposal, lessons }) => {
      const [target] = proposal.targets;
      return { name: `${proposal.action} ${target?.kind ?? ''} ${target?.name ?? ''}`, proposal, lessons };
    });
