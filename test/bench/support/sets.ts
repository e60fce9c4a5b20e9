import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { Lesson } from '../../../src/core/lesson.ts';

const Document = z.object({ id: z.string(), title: z.string().default(''), text: z.string() });
const Query = z.object({ id: z.string(), text: z.string(), relevant: z.array(z.string()).min(1) });

export interface RecallSet {
  readonly name: string;
  readonly documents: readonly Lesson[];
  readonly queries: readonly z.output<typeof Query>[];
}

const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);

/** Every set below a folder, or the folder itself when it is one. */
export function loadSets(folder: string, lessons: readonly Lesson[]): RecallSet[] {
  if (existsSync(join(folder, 'queries.jsonl'))) return [loadSet(folder, lessons)];
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory() && existsSync(join(path, 'queries.jsonl')))
    .map((path) => loadSet(path, lessons));
}

function loadSet(folder: string, lessons: readonly Lesson[]): RecallSet {
  const path = join(folder, 'documents.jsonl');
  const documents = existsSync(path) ? linesOf(path).map((line) => asLesson(Document.parse(line))) : lessons;
  const known = new Set(documents.map(({ id }) => id));
  const queries = linesOf(join(folder, 'queries.jsonl')).map((line) => Query.parse(line));
  for (const { id, relevant } of queries)
    for (const one of relevant)
      if (!known.has(one)) throw new Error(`${folder}: query ${id} wants ${one}, which is not there`);
  return { name: basename(folder), documents, queries };
}

/** A document where a lesson is expected: it is only searched, never consulted. */
const asLesson = ({ id, title, text }: z.output<typeof Document>): Lesson => ({
  id,
  title,
  symptom: '',
  cause: text,
  fix: '',
  severity: 'low',
  components: {},
  applies_to: {},
  checks: [],
  source: 'bench',
  confidence: 0.8,
  status: 'confirmed',
  supersedes: [],
  body: '',
});
