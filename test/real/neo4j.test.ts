import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import neo4j, { type Driver } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { InMemoryLessonStore } from '../../src/memory/in-memory.ts';
import { migrations } from '../../src/memory/neo4j/migrations.ts';
import { Neo4jLessonStore } from '../../src/memory/neo4j/store.ts';
import { SharedLessonStore, type SyncMark } from '../../src/memory/shared/store.ts';
import { SqliteLessonStore } from '../../src/memory/sqlite/store.ts';
import { copyContract } from '../contract/lesson-store/copy-suite.ts';
import { lessonOf } from '../contract/lesson-store/lesson-of.ts';
import { lessonStoreContract } from '../contract/lesson-store/suite.ts';
import { type RealNeo4j, startNeo4j } from '../support/neo4j.ts';
import { skipSuite } from '../support/skip.ts';

const folder = process.env['TEST_REAL_NEO4J'] ?? '';
const AT = '2026-11-21T08:00:00.000Z';

/** A JDK of 21 or newer for calendar releases: JAVA_HOME_21 says where, else one that Debian or Temurin put there. */
function newJdk(): string | undefined {
  const root = '/usr/lib/jvm';
  const found = existsSync(root)
    ? readdirSync(root).filter((name) => Number(/-(\d{2})(?:[.-]|$)/.exec(name)?.[1]) >= 21)
    : [];
  return process.env['JAVA_HOME_21'] ?? (found[0] === undefined ? undefined : join(root, found[0]));
}

const servers = [
  { version: '5.26.25', port: 27_687, javaHome: undefined, missing: '' },
  {
    version: '2026.08.1',
    port: 27_688,
    javaHome: newJdk(),
    missing: newJdk() ? '' : 'a JDK of 21 or newer (JAVA_HOME_21)',
  },
];

describe.each(servers)('Neo4j $version', ({ version, port, javaHome, missing }) => {
  const why = folder === '' ? 'TEST_REAL_NEO4J names no folder with an up.sh' : missing;
  if (why !== '') {
    skipSuite('neo4j', why);
    return;
  }
  let server: RealNeo4j;
  let driver: Driver;
  beforeAll(async () => {
    server = await startNeo4j(folder, version, port, javaHome);
    driver = neo4j.driver(server.url);
  }, 200_000);
  afterAll(async () => {
    await driver?.close();
    await server?.stop();
  });

  const empty = () => driver.executeQuery('MATCH (n) WHERE NOT n:SchemaVersion DETACH DELETE n');
  const open = () => Neo4jLessonStore.open({ url: server.url }, new Date(AT));

  lessonStoreContract(`Neo4j ${version}`, async () => {
    await empty();
    return open();
  });

  copyContract(`SQLite to Neo4j ${version} to SQLite`, async () => {
    await empty();
    const sqlite = () => SqliteLessonStore.open({ path: ':memory:' });
    return [await sqlite(), await open(), await sqlite()];
  });

  test('the dialect is found, and opening twice migrates once', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    expect(one.dialect).toEqual({ version, cypher25: version.startsWith('2026') });
    const { records } = await driver.executeQuery('MATCH (s:SchemaVersion) RETURN count(s) AS n');
    expect(Number(records[0]?.get('n'))).toBe(migrations.length);
    await one.close();
    await two.close();
  });

  test('two servers see each other, and neither loses a save', async () => {
    await empty();
    const [one, two] = [await open(), await open()];
    const ids = Array.from({ length: 40 }, (_, i) => `lesson-${i}`);
    await Promise.all(ids.map((id, i) => (i % 2 ? one : two).save({ lesson: lessonOf(id), by: 'file', at: AT })));
    expect(await one.revision()).toBe(40);
    expect((await two.list({ limit: 100 })).length).toBe(40);
    await one.close();
    await two.close();
  });

  test('two servers with snapshots see each other within 5 s, and consult on without Neo4j', async () => {
    await empty();
    const serverOf = (mark?: SyncMark) =>
      new SharedLessonStore({
        connect: open,
        snapshot: new InMemoryLessonStore(),
        clock: systemClock,
        mark,
        keepMark: async () => undefined,
        onProblem: () => undefined,
      });
    const [one, two] = [serverOf(), serverOf()];
    await Promise.all([one.follow(), two.follow()]);
    await one.save({ lesson: lessonOf('lesson-a'), by: 'file', at: AT });
    const seen = async () => (await two.many(['lesson-a'])).length;
    await expect.poll(seen, { timeout: 5_000, interval: 100 }).toBe(1);
    expect(two.ageMs()).toBeLessThan(10_000);
    await one.close();
    await two.close();
  });

  test('a schema of a newer steward is refused and left alone', async () => {
    await driver.executeQuery('CREATE (:SchemaVersion {version: 99})');
    await expect(open()).rejects.toMatchObject({ code: 'lesson_store_newer' });
    await driver.executeQuery('MATCH (s:SchemaVersion {version: 99}) DELETE s');
  });
});

test('a server that is not there is a clear error', async () => {
  await expect(
    Neo4jLessonStore.open({ url: 'bolt://127.0.0.1:1', timeoutMs: 500 }, new Date(AT)),
  ).rejects.toMatchObject({
    code: 'lesson_store_unreachable',
    retryable: true,
  });
}, 20_000);
