import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import neo4j, { type Driver } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { InMemoryLessonStore } from '../../src/memory/in-memory.ts';
import { migrations } from '../../src/memory/neo4j/migrations.ts';
import { Neo4jLessonStore } from '../../src/memory/neo4j/store.ts';
import { vectorNames } from '../../src/memory/neo4j/vectors.ts';
import { SharedLessonStore, type SyncMark } from '../../src/memory/shared/store.ts';
import { SqliteLessonStore } from '../../src/memory/sqlite/store.ts';
import { tokens } from '../../src/memory/tokens.ts';
import { randomOf } from '../bench/support/generate.ts';
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

  test('what other clients ask the indexes finds the nearest lesson, by vector and by words', async () => {
    await empty();
    const store = await open();
    const named = ['drain-storage', 'expired-token', 'full-disk', 'clock-skew'];
    const random = randomOf(7);
    const vectors = named.map((lesson) => {
      const vector = Int8Array.from({ length: 256 }, () => random(255) - 127);
      return { lesson, hash: `hash of ${lesson}`, vector };
    });
    for (const id of named)
      await store.save({ lesson: { ...lessonOf(id), title: `What ${id} taught us` }, by: 'file', at: AT });
    await store.saveVectors('test@256@1', vectors);
    const other = vectors.slice(0, 1).map((one) => ({ ...one, vector: new Int8Array(128).fill(1) }));
    await store.saveVectors('test@128@1', other); // another dimension has an index of its own
    await driver.executeQuery('CALL db.awaitIndexes(60)');
    const { index, label } = vectorNames('test@256@1');
    for (const { lesson, vector } of vectors) {
      const near = Array.from(vector, (x) => x / 508 + 0.01);
      const { records } = await driver.executeQuery(
        `CALL db.index.vector.queryNodes('${index}', 4, $near) YIELD node, score RETURN node.lesson AS lesson, score`,
        { near },
      );
      expect(records).toHaveLength(4);
      expect([records[0]?.get('lesson'), records[0]?.get('score') > 0.95]).toEqual([lesson, true]);
      if (!store.dialect.cypher25) continue;
      const searched = await driver.executeQuery(
        `CYPHER 25 MATCH (v:${label}) SEARCH v IN (VECTOR INDEX ${index} FOR $near LIMIT 1) RETURN v.lesson AS lesson`,
        { near },
      );
      expect(searched.records.map((row) => row.get('lesson'))).toEqual([lesson]);
    }
    const words = await driver.executeQuery(
      "CALL db.index.fulltext.queryNodes('lesson_text', $text) YIELD node RETURN node.id AS id",
      { text: tokens('expired token').join(' ') },
    );
    expect(words.records[0]?.get('id')).toBe('expired-token');
    const short = vectors.slice(0, 1).map((one) => ({ ...one, vector: new Int8Array(64) }));
    await expect(store.saveVectors('test@256@1', short)).rejects.toMatchObject({ code: 'embedding_dimension' });
    await store.close();
  });

  test('vectors of an older steward, which no index could hold, make way', async () => {
    await empty();
    await driver.executeQuery(
      "CREATE (:LessonVector {key: 'old a', model: 'old', lesson: 'a', hash: 'x', bytes: 'AAA='})",
    );
    await driver.executeQuery('MATCH (s:SchemaVersion) WHERE s.version > 2 DELETE s');
    const store = await open();
    const { records } = await driver.executeQuery('MATCH (v:LessonVector) RETURN count(v) AS n');
    expect(Number(records[0]?.get('n'))).toBe(0);
    await store.close();
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
