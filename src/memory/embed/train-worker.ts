import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Lesson } from '../../core/lesson.ts';
import { tokens } from '../tokens.ts';
import { trainingPairs } from './corpus.ts';
import { encodeTable } from './table.ts';
import { trainTable } from './train.ts';

export interface TrainTask {
  readonly folder: string;
  readonly lessons: readonly Lesson[];
  readonly model: string;
  readonly path: string;
}

/** The same numbers every time: the same texts give the same table. */
function seeded(): () => number {
  let state = 20_261_121;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

// A thread of its own: training takes seconds, and questions must go on.
const { folder, lessons, model, path } = workerData as TrainTask; // handed over by `trainInBackground` alone
const pairs = await trainingPairs(folder, lessons);
const bytes = encodeTable(await trainTable(pairs, { model, stems: tokens, random: seeded() }));
await mkdir(dirname(path), { recursive: true, mode: 0o700 });
await writeFile(`${path}.part`, bytes);
await rename(`${path}.part`, path); // whole or not at all
parentPort?.postMessage('done');
