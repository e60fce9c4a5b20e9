import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { ManualClock } from '../core/clock.ts';
import type { Proposal } from '../core/consult.ts';
import { silentLog } from '../server/log.ts';
import { openMemory } from './memory.ts';

const packageDir = join(import.meta.dirname, '../..');
const proposal: Proposal = {
  action: 'cluster_scale',
  targets: [],
  input: {},
  objects: [],
  text: '',
  introducedChecks: [],
  introducedLessons: [],
  seen: [],
};
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'memory-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const open = async (flags: Record<string, unknown> = {}) => {
  const environment = { variables: {}, home, user: 'test', folder: home, packageDir, cacheDir: home };
  const config = await loadConfig({ environment, flags: { dataDir: home, ...flags } });
  return openMemory({ config, clock: new ManualClock('2026-11-25T00:00:00Z'), log: silentLog });
};

test('the lessons of the package are there at once', async () => {
  const memory = await open();
  expect(await memory.lessons.get('k8s-coredns-single-replica')).toBeDefined();
  expect((await memory.lessons.consult(proposal)).receipt.ageMs).toBe(0);
  await memory.close();
});

test('a damaged store is left as it is; lessons are consulted, and count as too old for changes of any risk', async () => {
  const path = join(home, 'lessons.db');
  await writeFile(path, 'not a database '.repeat(500));
  const before = await readFile(path);
  const memory = await open();
  expect(await memory.lessons.get('k8s-coredns-single-replica')).toBeDefined();
  expect((await memory.lessons.consult(proposal)).receipt.ageMs).toBeGreaterThan(24 * 3_600_000);
  await memory.close();
  expect((await readFile(path)).equals(before)).toBe(true);
});

test('a Neo4j that is away does not stop the start, and the receipt tells', async () => {
  const memory = await open({ 'memory.neo4j.url': 'bolt://127.0.0.1:1' });
  expect((await memory.lessons.consult(proposal)).receipt.ageMs).toBe(Number.MAX_SAFE_INTEGER);
  await memory.close();
}, 30_000);
