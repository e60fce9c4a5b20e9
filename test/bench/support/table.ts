import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lesson } from '../../../src/core/lesson.ts';
import { openLocalTable } from '../../../src/memory/embed/local.ts';
import type { EmbeddingTable } from '../../../src/memory/embed/table.ts';

/** The table that a server would train on its first run with these lessons; kept between runs of a bench. */
export async function trainedTable(lessons: readonly Lesson[]): Promise<EmbeddingTable> {
  const dataDir = join(tmpdir(), 'steward-bench-table');
  const never = new AbortController().signal;
  // Kept alive by a timer: the thread itself lets the process end.
  const alive = setInterval(() => {}, 1_000);
  try {
    const { kept, trained } = await openLocalTable({ dataDir, lessons, signal: never });
    const table = (await trained) ?? kept;
    if (table === undefined) throw new Error('no table was trained');
    return table;
  } finally {
    clearInterval(alive);
  }
}
