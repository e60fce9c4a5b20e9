import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { openClient } from '../support/mcp-client.ts';
import { CLI, environmentOf, freshHome } from '../support/run-cli.ts';
import { serveCluster } from './reads.ts';

/** Size of answers about disks and tools, as a coding agent gets them: `node test/bench/answers.ts`. */

type Client = Awaited<ReturnType<typeof openClient>>;

async function ask<T>(args: readonly string[], home: string, use: (client: Client) => Promise<T>): Promise<T> {
  const where = { command: process.execPath, args: [CLI, ...args, 'up', '--stdio'], env: environmentOf(home) };
  const client = await openClient('modern', where);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

const onLab = <T>(scenario: string, use: (client: Client) => Promise<T>): Promise<T> =>
  ask(['--lab', scenario], freshHome(), use);

/** Systems that nothing answers for: what is listed does not depend on it. */
const EVERYTHING = `
zfs:
  hosts:
    - { name: tank, local: true }
proxmox:
  - { name: home, urls: ['https://127.0.0.1:9'], token: 'root@pam!steward', secretFile: /dev/null }
`;

/** Tools of a server that has every system configured. */
async function listEverything(): Promise<string> {
  const home = freshHome();
  const cluster = await serveCluster(4);
  const [config, kubeconfig] = [join(home, 'config.yaml'), join(home, 'kubeconfig')];
  writeFileSync(config, EVERYTHING);
  writeFileSync(kubeconfig, cluster.kubeconfig);
  try {
    return await ask(['--config', config, '--kubeconfig', kubeconfig], home, (client) => client.listBytes());
  } finally {
    await cluster.close();
  }
}

const tokens = (text: string): number => encode(text).length;

/** Tokens (o200k) of what each question is answered with. */
export async function measureAnswers(): Promise<{
  readonly tools: number;
  readonly toolTokens: number;
  readonly poolHealthy: number;
  readonly poolInTrouble: number;
}> {
  const list = await listEverything();
  const tools = (JSON.parse(list) as readonly unknown[]).length; // sound: the client made this text of a list
  const poolHealthy = await onLab('seed-2', async (client) => tokens((await client.call('zfs_status', {})).text));
  const poolInTrouble = await onLab('disk-failing', async (client) =>
    tokens((await client.call('zfs_status', {})).text),
  );
  return { tools, toolTokens: tokens(list), poolHealthy, poolInTrouble };
}

if (import.meta.main) console.log(await measureAnswers());
