import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';

/**
 * From start to the first tools/list over stdio, on a cluster that is never asked: CPU time, PSS and the size of the list.
 * `node test/bench/start.ts [dist/cli.js | src/cli.ts]`, Linux only. CPU comes in steps of 10 ms.
 */
const ROUNDS = 9;

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: a, user: {token: x}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
current-context: a
`;

export interface Start {
  readonly cpuMs: number;
  readonly pssMiB: number;
  readonly tools: number;
  readonly bytes: number;
  readonly tokens: number;
}

const request = (id: number | undefined, method: string, params?: unknown): string =>
  `${JSON.stringify({ jsonrpc: '2.0', ...(id !== undefined && { id }), method, ...(params !== undefined && { params }) })}\n`;

async function startOnce(program: string, home: string): Promise<Start> {
  const kubeconfig = join(home, 'kubeconfig');
  writeFileSync(kubeconfig, KUBECONFIG);
  const child = spawn(process.execPath, [program, '--kubeconfig', kubeconfig, 'up', '--stdio'], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const clientInfo = { name: 'bench', version: '1' };
  child.stdin.write(request(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }));
  child.stdin.write(request(undefined, 'notifications/initialized') + request(2, 'tools/list'));
  let out = '';
  const list = await new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const line = out.split('\n').find((one) => one.includes('"id":2') && one.endsWith('}'));
      if (line !== undefined) resolve(line);
    });
  });
  const ticks = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8'))?.[1];
  child.kill();
  const { tools } = (JSON.parse(list) as { result: { tools: unknown[] } }).result;
  const text = JSON.stringify(tools);
  return {
    cpuMs: (Number(ticks[11]) + Number(ticks[12])) * 10,
    pssMiB: Math.round(Number(pss) / 1024),
    tools: tools.length,
    bytes: Buffer.byteLength(text),
    tokens: encode(text).length,
  };
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

/** Medians of nine starts by the same user, and the very first one of all, for which nothing is compiled yet. */
export async function measureStart(program: string): Promise<Start & { readonly firstCpuMs: number }> {
  const home = mkdtempSync(join(tmpdir(), 'bench-start-'));
  const first = await startOnce(program, home);
  const starts: Start[] = [];
  for (let round = 0; round < ROUNDS; round++) starts.push(await startOnce(program, home));
  return {
    ...first,
    firstCpuMs: first.cpuMs,
    cpuMs: median(starts.map(({ cpuMs }) => cpuMs)),
    pssMiB: median(starts.map(({ pssMiB }) => pssMiB)),
  };
}

if (import.meta.main) console.log(await measureStart(process.argv[2] ?? 'dist/cli.js'));
