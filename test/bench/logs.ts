import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { systemClock } from '../../src/core/clock.ts';
import { randomId } from '../../src/core/ids.ts';
import { createRegistry } from '../../src/tools/registry.ts';
import { caller } from '../../src/tools/testing.ts';
import { fakeKubernetes, pod } from '../../src/tools/testing-cluster.ts';
import { fakeLessons } from '../../src/tools/testing-plan.ts';
import { toolsets } from '../../src/tools/toolsets.ts';

const WORDS = ['serving', 'cache miss for', 'user signed in', 'rendered'];
const line = (i: number): string =>
  i % 1_000 === 500
    ? `2026-11-24T11:00:00Z ERROR db: connection refused to 10.42.0.${i % 250}:5432 attempt ${i}`
    : `2026-11-24T11:00:00Z INFO ${WORDS[i % 4]} item-${i * 7} in ${i % 90} ms`;

/** Tokens (o200k) of `cluster_logs` on a log of this many lines: `node test/bench/logs.ts`. */
export async function measureLogs(lines: number): Promise<number> {
  const log = Array.from({ length: lines }, (_, i) => line(i)).join('\n');
  const kubernetes = fakeKubernetes({ objects: [pod({ name: 'web' })], logs: { 'media/web': log } });
  const clients = { kubernetes, lessons: fakeLessons() };
  const registry = createRegistry({ toolsets, clients, clock: systemClock, random: randomId });
  const { text } = await registry.call('cluster_logs', { namespace: 'media', name: 'web', tail: lines }, caller());
  return encode(text).length;
}

if (import.meta.main) console.log(await measureLogs(20_000));
