import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface RealKubernetes {
  readonly url: string;
  readonly token: string;
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** Why no real control plane can be had; '' when one can. */
export const missingKubernetes = (): string =>
  process.env['TEST_KUBECONFIG'] || process.env['TEST_REAL_KUBERNETES']
    ? ''
    : 'neither TEST_KUBECONFIG names a disposable cluster nor TEST_REAL_KUBERNETES a folder with an up.sh';

/**
 * A disposable real cluster: the one of TEST_KUBECONFIG (token authentication), else one started from the folder
 * TEST_REAL_KUBERNETES with `up.sh STATE_DIR PORT`, which writes STATE_DIR/kubeconfig and prints READY.
 */
export async function openKubernetes(): Promise<RealKubernetes> {
  const given = process.env['TEST_KUBECONFIG'];
  if (given) return { ...readKubeconfig(given), close: () => Promise.resolve() };
  const state = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  const port = await freePort();
  const script = join(process.env['TEST_REAL_KUBERNETES'] ?? '', 'up.sh');
  const child = spawn(script, [state, String(port)], { stdio: ['ignore', 'pipe', 'pipe'] });
  await ready(child);
  return {
    ...readKubeconfig(join(state, 'kubeconfig')),
    async close() {
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, 10_000).unref())]);
      rmSync(state, { recursive: true, force: true });
    },
  };
}

interface Kubeconfig {
  readonly 'current-context': string;
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters: readonly { name: string; cluster: { server: string } }[];
  readonly users: readonly { name: string; user: { token?: string } }[];
}

function readKubeconfig(path: string): Omit<RealKubernetes, 'close'> {
  const config = parse(readFileSync(path, 'utf8')) as Kubeconfig; // the format every kubectl reads
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const server = config.clusters.find(({ name }) => name === context?.cluster)?.cluster.server;
  const token = config.users.find(({ name }) => name === context?.user)?.user.token;
  if (!server || !token) throw new Error(`${path}: the current context needs a server and a user with a token`);
  return { url: server, token, kubeconfig: path };
}

/** A port with four free ones above it, as far as one can tell: up.sh uses five. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? Math.min(address.port, 60_000) : 21_443;
}

function ready(child: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGTERM');
      reject(new Error(`Kubernetes was not ready within 120 s: ${said.slice(-2000)}`));
    }, 120_000);
    const hear = (chunk: unknown): void => {
      said += String(chunk);
      if (!said.includes('READY')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Kubernetes ended with ${code}: ${said.slice(-2000)}`));
    });
  });
}
