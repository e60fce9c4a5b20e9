import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { makeFiles, startWorker } from './support.ts';

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { timeout: 10_000 }).status === 0;

test('the intent is on the disk before the first effect, the outcome before the answer', {
  timeout: 60_000,
}, async (ctx) => {
  ctx.skip(!canTrace, 'strace is not here, or may not trace');
  const files = makeFiles();
  onTestFinished(() => files.remove());
  const trace = `${files.path}.strace`;
  const calls = 'trace=write,pwrite64,fdatasync,fsync,openat';
  const { result, stderr } = await startWorker(files, ['strace', '-f', '-y', '-s', '400', '-e', calls, '-o', trace])
    .ended;
  expect(result, stderr).toMatchObject({ kind: 'ran', outcome: { state: 'done' } });
  const lines = readFileSync(trace, 'utf8').split('\n');
  const find = (pattern: RegExp, from = 0): number => lines.findIndex((line, at) => at >= from && pattern.test(line));
  const intent = find(/pwrite64\(\d+<.*journal\.db-wal>/, lastPlanLine(lines));
  const effect = find(/write\(\d+<.*cluster\.json\.effects>/);
  const answer = find(/write\(1<.*"kind\\?":\\?"?ran|write\(1<.*\{\\"kind\\":\\"ran/);
  const syncs = lines.flatMap((line, at) => (/f(data)?sync\(\d+<.*journal\.db-wal>/.test(line) ? [at] : []));
  expect([intent, effect, answer].every((at) => at >= 0)).toBe(true);
  // Between the writing of the intent and the effect, and between the effect and the answer, the log reached the disk.
  expect(syncs.some((at) => at > intent && at < effect)).toBe(true);
  expect(syncs.some((at) => at > effect && at < answer)).toBe(true);
  expect(
    lines
      .slice(syncs.findLast((at) => at < effect) ?? 0, effect)
      .some((line) => /pwrite64\(\d+<.*journal\.db-wal>/.test(line)),
  ).toBe(false);
});

/** The line that tells the plan's id stands between proposing and applying. */
const lastPlanLine = (lines: readonly string[]): number => lines.findIndex((line) => /write\(1<.*"plan-/.test(line));
