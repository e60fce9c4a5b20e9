import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { measureAnswers } from './answers.ts';
import { measureGuard } from './guard.ts';
import { HOUSE, measureHouse } from './house.ts';
import { measureLogs } from './logs.ts';
import { measureDoctor, measureLists } from './reads.ts';
import { measureStart } from './start.ts';
import { measureZfs } from './zfs.ts';

/** Writes docs/benchmarks.md: `npm run bench` (builds dist/ first; about two minutes). */

const root = join(import.meta.dirname, '../..');
const rows: (readonly [what: string, value: string, goal: string])[] = [];
const row = (what: string, value: string, goal: string) => rows.push([what, value, goal]);
const ms = (value: number): string => `${Math.round(value)} ms`;

execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'inherit' });
const start = await measureStart(join(root, 'dist/cli.js'));
row('start to first tools/list, CPU', ms(start.cpuMs), '<= 250 ms');
row('the same, the very first start of a user', ms(start.firstCpuMs), '');
row('memory then (PSS)', `${start.pssMiB} MiB`, '<= 90 MB');
row(`tools/list of ${start.tools} tools`, `${start.tokens} tokens`, '<= 4,000');
const lists = await measureLists();
for (const [what, tokens] of Object.entries(lists))
  row(what, `${tokens} tokens`, what.includes('every') ? '<= 3,000' : '<= 900');
const answers = await measureAnswers();
row(`tools/list with every system, ${answers.tools} tools`, `${answers.toolTokens} tokens`, '<= 6,000');
row('zfs_status, 25 disks, one of two raidz3 vdevs has failed', `${answers.poolInTrouble} tokens`, '<= 600');
row('zfs_status, the same hosts when all is well', `${answers.poolHealthy} tokens`, '<= 120');
row('20,000 log lines', `${await measureLogs(20_000)} tokens`, '<= 5,000');
const guard = await measureGuard(1_000);
row("guard's own time per plan at 1,000 pods, CPU", ms(guard.guardMs), '<= 30 ms');
row('of these the checks on both worlds', ms(guard.checksMs), '');
for (const [pods, goal] of [
  [1_000, '<= 1 s'],
  [10_000, '<= 8 s'],
] as const) {
  const { gatherMs, checksMs } = await measureDoctor(pods);
  row(
    `doctor on ${pods.toLocaleString('en')} pods, CPU (gathering + checks; the lab that serves them included)`,
    `${ms(gatherMs)} + ${ms(checksMs)}`,
    goal,
  );
}

const zfs = await measureZfs(3, 5_000, 100_000);
row(
  'a look at 3 ZFS hosts with 5,000 datasets and 100,000 snapshots over SSH, CPU (gathering + checks; the lab included)',
  `${ms(zfs.gatherMs)} + ${ms(zfs.checksMs)}`,
  '<= 3 s',
);

const house = await measureHouse(HOUSE);
row(
  'a look at the whole house (3 hosts, 200 guests, 5,000 datasets, 100,000 snapshots, 60 releases, 800 pods), CPU (gathering + checks; the lab included)',
  `${ms(house.gatherMs)} + ${ms(house.checksMs)}`,
  '<= 3 s',
);
row(
  `what hangs on one disk of that house (${house.reached.toLocaleString('en')} things), CPU, picture of a new world included`,
  ms(house.questionMs),
  '<= 20 ms',
);
row('the same, the very first question of a process', ms(house.firstQuestionMs), '');

const table = rows.map(([what, value, goal]) => `| ${what} | ${value} | ${goal} |`).join('\n');
writeFileSync(
  join(root, 'docs/benchmarks.md'),
  `# Benchmarks

\`npm run bench\` makes this page. CPU time, not wall time, so that a busy machine counts less; medians where a step repeats.
Tokens are counted with o200k. Machine: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.versions.node}.

| what | measured | goal |
|---|--:|---|
${table}

Lessons, recall and latency: [benchmarks/memory.md](benchmarks/memory.md).
`,
);
console.log(table);
