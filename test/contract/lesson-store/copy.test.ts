import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { InMemoryLessonStore } from '../../../src/memory/in-memory.ts';
import { SqliteLessonStore } from '../../../src/memory/sqlite/store.ts';
import { copyContract } from './copy-suite.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'copy-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sqlite = (name: string) => SqliteLessonStore.open({ path: join(folder, name) });

copyContract('SQLite to memory to SQLite', async () => [
  await sqlite('one.db'),
  new InMemoryLessonStore(),
  await sqlite('three.db'),
]);
