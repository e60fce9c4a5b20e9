import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks } from '../../src/checks/catalogue.ts';
import { systemClock } from '../../src/core/clock.ts';
import { randomId } from '../../src/core/ids.ts';
import type { GuardedAction } from '../../src/guard/actions.ts';
import { createGate } from '../../src/guard/gate.ts';
import { callOf, openHouse } from '../../src/guard/testing.ts';
import { scale } from '../../src/guard/testing-actions.ts';
import { InMemoryLessonStore } from '../../src/memory/in-memory.ts';
import { loadLessons } from '../../src/memory/lesson-file.ts';
import { createLessons } from '../../src/memory/lessons.ts';
import { partSchemas } from '../../src/world/parts.ts';
import { isPartName, known, World, type WorldParts } from '../../src/world/world.ts';
import { generateCluster } from '../support/cluster.ts';

/**
 * The guard's own time per plan, without what the API takes: `node test/bench/guard.ts [pods ...]` (1,000 when none is given).
 * Every plan gets a fresh world, all checks, the packaged lessons and a journal on the disk.
 */
const ROUNDS = 30;

function worldOf(pods: number): World {
  const lists = generateCluster(pods, systemClock.now());
  const parts: Record<string, unknown> = {};
  for (const name of Object.keys(partSchemas)) {
    if (!isPartName(name)) continue;
    const objects = lists.get(name.toLowerCase()) ?? [];
    const idOf = ({ metadata: { namespace, name: own } }: (typeof objects)[number]): string =>
      namespace === undefined ? own : `${namespace}/${own}`;
    parts[name] = known(new Map(objects.map((object) => [idOf(object), partSchemas[name].parse(object)])));
  }
  return new World(systemClock.now(), parts as WorldParts); // every part was parsed with its own schema
}

async function lessons() {
  const store = new InMemoryLessonStore();
  const at = systemClock.now().toISOString();
  for (const lesson of (await loadLessons(join(import.meta.dirname, '../../lessons'))).lessons)
    await store.save({ lesson, by: 'file', at });
  return createLessons({ store, clock: systemClock, newId: randomId });
}

/** CPU of this process, so that a busy machine does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Medians of 30 plans, in CPU milliseconds. */
export async function measureGuard(pods: number): Promise<{ guardMs: number; checksMs: number; firstMs: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const marks = new Map<string, number>();
  const { deps, journal, cluster } = openHouse({ path: join(folder, 'journal.db'), clock: systemClock, checks });
  const first = { namespace: 'team-0', name: 'app-0' };
  const lists = generateCluster(pods, systemClock.now());
  const before = lists.get('deployments')?.[0];
  cluster.seed({ kind: 'Deployment', metadata: first, spec: (before?.['spec'] ?? {}) as Record<string, unknown> });
  // Made before, so that their garbage is not counted.
  const worlds = Array.from({ length: ROUNDS }, () => worldOf(pods));
  const gate = createGate({
    ...deps,
    actions: [scale as GuardedAction],
    lessons: await lessons(),
    world: { world: async () => worlds.pop() ?? worldOf(pods) },
    trace: (point) => marks.set(point, cpuMs()),
  });
  const own: number[] = [];
  const judged: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs();
    await gate.propose({ action: 'fake_scale', input: { ...first, replicas: 5 }, reason: 'bench' }, callOf());
    const at = (point: string): number => marks.get(point) ?? Number.NaN;
    own.push(at('propose:parsed') - start + at('propose:stored') - at('propose:gathered'));
    judged.push(at('propose:judged') - at('propose:gathered'));
  }
  journal.close();
  rmSync(folder, { recursive: true, force: true });
  const median = (times: number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
  return { guardMs: median(own), checksMs: median(judged), firstMs: own[0] ?? 0 };
}

if (import.meta.main) {
  const asked = process.argv.slice(2).map(Number);
  for (const pods of asked.length > 0 ? asked : [1_000]) console.log(pods, await measureGuard(pods));
}
