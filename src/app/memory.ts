import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/load.ts';
import type { Clock } from '../core/clock.ts';
import { NOT_OPENED_MS } from '../core/consult.ts';
import { configError, isStewardError, messageOf } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import type { LessonsService } from '../memory/lessons.ts';
import type { LessonStore } from '../memory/store.ts';
import type { Log } from '../server/log.ts';
import { embedLater } from './embeddings.ts';

export interface Memory {
  readonly store: LessonStore;
  readonly lessons: LessonsService;
  /** The lessons of the package alone, in memory, since the store could not be opened. */
  readonly isStandIn: boolean;
  close(): Promise<void>;
}

interface Opened {
  readonly store: LessonStore;
  /** Age of what is consulted; a store that is the truth itself has none. */
  readonly ageMs?: () => number;
  readonly isStandIn?: boolean;
  /** What is consulted, where that is not the store itself. */
  readonly snapshot?: LessonStore;
}

interface Needs {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** The lessons: in one file, or in a Neo4j that servers share with a snapshot here. A store that cannot be opened never stops the start. */
export async function openMemory(needs: Needs): Promise<Memory> {
  const { config, clock, log } = needs;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const opened = config.memory.neo4j === undefined ? await openFile(needs) : await openShared(needs);
  const [{ createLessons }, { loadLessons }, { importLessons }] = await Promise.all([
    import('../memory/lessons.ts'),
    import('../memory/lesson-file.ts'),
    import('../memory/import.ts'),
  ]);
  const { lessons, problems } = await loadLessons(config.memory.lessonsDir);
  for (const problem of problems) log.warn(problem, 'A lesson could not be read.');
  const at = clock.now().toISOString();
  await importLessons(opened.store, lessons, at).catch(async (error: unknown) => {
    log.warn({ reason: messageOf(error) }, 'The lessons of this package could not be written to the store.');
    if (opened.snapshot) await importLessons(opened.snapshot, lessons, at); // consulted meanwhile; a later start shares them
  });
  const { store, ageMs } = opened;
  const service = createLessons({ store, ...(ageMs && { ageMs }), clock, newId: randomId });
  const stopEmbedding = embedLater({ config, log, store: opened.store, lessons: service });
  return {
    store: opened.store,
    lessons: service,
    isStandIn: opened.isStandIn === true,
    async close() {
      await stopEmbedding();
      await opened.store.close();
    },
  };
}

/**
 * A file that is damaged, newer or not writable is left as it is; the lessons of the package are consulted from memory,
 * and the guard lets no change through until it is mended: what was learned here is not among them.
 */
async function openFile({ config, log }: Needs): Promise<Opened> {
  const { store, isStandIn } = await openSqlite(join(config.dataDir, 'lessons.db'), log);
  return isStandIn ? { store, ageMs: () => NOT_OPENED_MS, isStandIn } : { store };
}

/** The file, or an empty store in memory when it cannot be opened; the file is then left as it is. */
async function openSqlite(
  path: string,
  log: Log,
): Promise<{ readonly store: LessonStore; readonly isStandIn: boolean }> {
  const { SqliteLessonStore } = await import('../memory/sqlite/store.ts');
  try {
    return { store: await SqliteLessonStore.open({ path }), isStandIn: false };
  } catch (error) {
    if (!isStewardError(error)) throw error;
    log.error({ code: error.code, reason: error.message, hint: error.hint }, 'The lesson store could not be opened.');
    const { InMemoryLessonStore } = await import('../memory/in-memory.ts');
    return { store: new InMemoryLessonStore(), isStandIn: true };
  }
}

async function openShared({ config, clock, log }: Needs): Promise<Opened> {
  const [{ SharedLessonStore }, { readMark, writeMark }] = await Promise.all([
    import('../memory/shared/store.ts'),
    import('../memory/shared/mark-file.ts'),
  ]);
  const markFile = join(config.dataDir, 'lessons-snapshot.json');
  // Without its file a snapshot begins anew with every start: how far the file had come says nothing about it.
  const snapshot = await openSqlite(join(config.dataDir, 'lessons-snapshot.db'), log);
  const store = new SharedLessonStore({
    connect: () => connectNeo4j(config, clock),
    snapshot: snapshot.store,
    clock,
    mark: snapshot.isStandIn ? undefined : await readMark(markFile),
    keepMark: async (mark) => (snapshot.isStandIn ? undefined : writeMark(markFile, mark)),
    onProblem: (error) => log.warn({ reason: messageOf(error) }, 'The shared lesson store cannot be used.'),
  });
  await store.follow();
  return { store, ageMs: () => store.ageMs(), snapshot: snapshot.store };
}

export const STORES = ['sqlite', 'neo4j'] as const;
export type StoreName = (typeof STORES)[number];

/** One store by its name, as it is: no snapshot, no lessons of the package. Errors: those of the store; `config` `no_neo4j`. */
export async function openStoreNamed(name: StoreName, config: Config, clock: Clock): Promise<LessonStore> {
  if (name === 'neo4j') return connectNeo4j(config, clock);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const { SqliteLessonStore } = await import('../memory/sqlite/store.ts');
  return SqliteLessonStore.open({ path: join(config.dataDir, 'lessons.db') });
}

async function connectNeo4j({ memory: { neo4j } }: Config, clock: Clock): Promise<LessonStore> {
  if (neo4j === undefined)
    throw configError('no_neo4j', 'Unable to open Neo4j: none is configured.', 'Set memory.neo4j.url.');
  const { Neo4jLessonStore } = await import('../memory/neo4j/store.ts');
  const { url, user, passwordFile, database } = neo4j;
  const password = passwordFile === undefined ? undefined : (await readFile(passwordFile, 'utf8')).trim();
  return Neo4jLessonStore.open(
    { url, database, ...(user !== undefined && { user }), ...(password !== undefined && { password }) },
    clock.now(),
  );
}
