import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { ManualClock } from '../core/clock.ts';
import type { Proposal } from '../core/consult.ts';
import { silentLog } from '../server/log.ts';
import { lazy } from './lazy.ts';
import { openMemory } from './memory.ts';
import { exportNightly } from './nightly.ts';

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

test('a damaged store is left as it is; lessons are consulted, and count as not opened: the guard then lets nothing through', async () => {
  const path = join(home, 'lessons.db');
  await writeFile(path, 'not a database '.repeat(500));
  const before = await readFile(path);
  const memory = await open();
  expect(await memory.lessons.get('k8s-coredns-single-replica')).toBeDefined();
  expect((await memory.lessons.consult(proposal)).receipt.ageMs).toBeGreaterThan(24 * 3_600_000);
  await memory.close();
  expect((await readFile(path)).equals(before)).toBe(true);
});

test('a damaged snapshot of Neo4j does not stop the start either, and what the mark said of it is not believed', async () => {
  const path = join(home, 'lessons-snapshot.db');
  await writeFile(path, 'not a database '.repeat(500));
  await writeFile(join(home, 'lessons-snapshot.json'), JSON.stringify({ revision: 7, at: '2026-11-24T23:59:59.000Z' }));
  const before = await readFile(path);
  const memory = await open({ 'memory.neo4j.url': 'bolt://127.0.0.1:1' });
  expect((await memory.lessons.consult(proposal)).receipt.ageMs).toBe(Number.MAX_SAFE_INTEGER);
  await memory.close();
  expect((await readFile(path)).equals(before)).toBe(true);
}, 30_000);

test('what was exported from a whole store is not overwritten from one that could not be opened', async () => {
  await writeFile(join(home, 'lessons.db'), 'not a database '.repeat(500));
  const exported = join(home, 'git');
  const environment = { variables: {}, home, user: 'test', folder: home, packageDir, cacheDir: home };
  const config = await loadConfig({ environment, flags: { dataDir: home, 'memory.export.folder': exported } });
  const clock = new ManualClock('2026-11-25T00:00:00Z');
  const told: string[] = [];
  const log = { ...silentLog, warn: (fields: object) => void told.push(JSON.stringify(fields)) };
  const memory = lazy(() => openMemory({ config, clock, log: silentLog }));
  const stop = exportNightly({ config, memory, clock, log });
  await expect.poll(() => told.join()).toContain('could not be opened');
  await stop();
  await (await memory()).close();
  expect(existsSync(exported)).toBe(false);
});

test('a Neo4j that is away does not stop the start; the receipt tells, and the lessons of the package are consulted', async () => {
  const memory = await open({ 'memory.neo4j.url': 'bolt://127.0.0.1:1' });
  const asked = { ...proposal, introducedLessons: ['k8s-latest-tag'] };
  const { receipt } = await memory.lessons.consult(asked);
  expect([receipt.ageMs, receipt.matched]).toEqual([Number.MAX_SAFE_INTEGER, ['k8s-latest-tag']]);
  await memory.close();
}, 30_000);

test('a Neo4j that takes connections and says nothing holds up the start for seconds only', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo; // it listens on a port
  const start = performance.now();
  const memory = await open({ 'memory.neo4j.url': `bolt://127.0.0.1:${port}` });
  expect((await memory.lessons.consult(proposal)).receipt.ageMs).toBe(Number.MAX_SAFE_INTEGER);
  expect(performance.now() - start).toBeLessThan(15_000);
  for (const socket of sockets) socket.destroy();
  silent.close();
  await memory.close();
}, 60_000);
