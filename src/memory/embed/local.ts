import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, StewardError } from '../../core/errors.ts';
import type { Lesson } from '../../core/lesson.ts';
import { declarationsFolder, lessonsOfModel, modelName } from './corpus.ts';
import { decodeTable, type EmbeddingTable } from './table.ts';
import type { TrainTask } from './train-worker.ts';

const ENDING = '.table';
/** From this share of other lessons on a kept table is worth training anew. */
const STALE_SHARE = 0.1;
const TRAIN_LIMIT_MS = 10 * 60_000;

interface LocalOptions {
  /** Where tables are kept. */
  readonly dataDir: string;
  readonly lessons: readonly Lesson[];
  readonly signal: AbortSignal;
  /** Folder of type declarations to learn from; absent = those of `@kubernetes/client-node`. */
  readonly declarations?: string;
}

export interface LocalTable {
  /** A table that is there already, of this recipe. */
  readonly kept: EmbeddingTable | undefined;
  /** A table trained anew in a thread of its own; undefined when the kept one is good enough. Errors: `embedding_training_failed`. */
  readonly trained: Promise<EmbeddingTable> | undefined;
}

/** The local embedder: the table of the last run at once, and a new one in the background when the lessons have moved on. */
export async function openLocalTable({ dataDir, lessons, signal, declarations }: LocalOptions): Promise<LocalTable> {
  const folder = join(dataDir, 'embedding');
  const wanted = modelName(lessons);
  const kept = (await readTable(folder, wanted)) ?? (await newestTable(folder));
  if (kept !== undefined && !isStale(kept.model, wanted, lessons.length)) return { kept, trained: undefined };
  const path = pathOf(folder, wanted);
  const task = { folder: declarations ?? declarationsFolder(), lessons, model: wanted, path };
  return { kept, trained: train(folder, task, signal) };
}

function isStale(model: string, wanted: string, now: number): boolean {
  const then = lessonsOfModel(model) ?? 0;
  return model !== wanted && Math.abs(now - then) > STALE_SHARE * Math.max(1, then);
}

const pathOf = (folder: string, model: string): string => join(folder, `${model}${ENDING}`);

/** A table that is missing or broken is trained again: both are simply not there. */
async function readTable(folder: string, model: string): Promise<EmbeddingTable | undefined> {
  try {
    return decodeTable(await readFile(pathOf(folder, model)));
  } catch {
    return undefined;
  }
}

const modelsIn = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch(() => []); // no folder yet
  return names.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length));
};

async function newestTable(folder: string): Promise<EmbeddingTable | undefined> {
  const models = (await modelsIn(folder)).filter((model) => lessonsOfModel(model) !== undefined);
  const [most] = models.sort((a, b) => (lessonsOfModel(b) ?? 0) - (lessonsOfModel(a) ?? 0));
  return most === undefined ? undefined : readTable(folder, most);
}

async function train(folder: string, task: TrainTask, signal: AbortSignal): Promise<EmbeddingTable> {
  try {
    await runWorker(task, signal);
    const table = decodeTable(await readFile(task.path));
    for (const other of await modelsIn(folder))
      if (other !== task.model) await rm(pathOf(folder, other), { force: true });
    return table;
  } catch (error) {
    throw new StewardError(`Unable to train the local embedder: ${messageOf(error)}.`, {
      kind: 'internal',
      code: 'embedding_training_failed',
      hint: 'Lessons are found by words, selectors and guards until the next start.',
      cause: error,
    });
  }
}

function runWorker(task: TrainTask, signal: AbortSignal): Promise<void> {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'; // sources in development, built files in the package
  const worker = new Worker(new URL(`./train-worker.${ending}`, import.meta.url), { workerData: task });
  worker.unref(); // never keeps the process alive
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRAIN_LIMIT_MS)]);
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      void worker.terminate();
      reject(new Error('it was stopped'));
    };
    limit.addEventListener('abort', stop, { once: true });
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', () => {
      limit.removeEventListener('abort', stop);
      reject(new Error('its thread ended early')); // does nothing after the message
    });
  });
}
