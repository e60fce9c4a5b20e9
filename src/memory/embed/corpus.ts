import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { hashOf } from '../../core/canonical.ts';
import type { Lesson } from '../../core/lesson.ts';
import { type Pair, pairsOfDeclaration, pairsOfLesson } from './pairs.ts';

/** Moves when the recipe does: other tokens, pairs or training make other vectors. */
const RECIPE = 1;
const PACKAGE = '@kubernetes/client-node';

/** The folder of type declarations whose comments explain every Kubernetes field (Apache-2.0, a dependency of ours). */
export function declarationsFolder(): string {
  const entry = createRequire(import.meta.url).resolve(PACKAGE);
  return join(dirname(entry), 'gen', 'models');
}

/** All pairs to train on, in a fixed order. */
export async function trainingPairs(folder: string, lessons: readonly Lesson[]): Promise<readonly Pair[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.d.ts')).sort();
  const pairs: Pair[] = [];
  for (const name of names) pairs.push(...pairsOfDeclaration(await readFile(join(folder, name), 'utf8')));
  for (const lesson of lessons) pairs.push(...pairsOfLesson(lesson));
  return pairs;
}

/** `local-1-<lessons>-<hash>@256@1`: the recipe and the lessons that the table was trained on. */
export function modelName(lessons: readonly Lesson[]): string {
  const texts = lessons.map(({ id, title, symptom, cause, fix, body }) => [id, title, symptom, cause, fix, body]);
  return `local-${RECIPE}-${lessons.length}-${hashOf(texts).slice(0, 12)}@256@1`;
}

/** How many lessons a table of this recipe was trained on; undefined for another recipe. */
export function lessonsOfModel(model: string): number | undefined {
  const count = new RegExp(`^local-${RECIPE}-(\\d+)-`).exec(model)?.[1];
  return count === undefined ? undefined : Number(count);
}
