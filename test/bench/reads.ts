import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { checks } from '../../src/checks/catalogue.ts';
import { runChecks } from '../../src/checks/run.ts';
import { createKubernetesClient } from '../../src/clients/kubernetes/client.ts';
import { systemClock } from '../../src/core/clock.ts';
import { startLabCluster } from '../../src/lab/kubernetes/cluster.ts';
import type { KubeJson } from '../../src/lab/kubernetes/json.ts';
import { createWorldReader } from '../../src/world/create-reader.ts';
import { generateCluster } from '../support/cluster.ts';
import { openClient } from '../support/mcp-client.ts';
import { environmentOf } from '../support/run-cli.ts';

/** Size of answers, and the CPU of `doctor`, on generated clusters that the lab serves: `node test/bench/reads.ts`. */

const GROUPS: Readonly<Record<string, string>> = {
  deployments: 'apps',
  replicasets: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  jobs: 'batch',
  cronjobs: 'batch',
  endpointslices: 'discovery.k8s.io',
  networkpolicies: 'networking.k8s.io',
  ingresses: 'networking.k8s.io',
  poddisruptionbudgets: 'policy',
  storageclasses: 'storage.k8s.io',
};

/** A served cluster with `pods` pods and no controllers. */
export async function serveCluster(pods: number) {
  const cluster = await startLabCluster({ port: 0, controllers: false });
  for (const [plural, objects] of generateCluster(pods, systemClock.now())) {
    const group = GROUPS[plural];
    // Generated objects are whole: metadata with uid, version and times.
    cluster.load(group === undefined ? plural : `${plural}.${group}`, objects as unknown as KubeJson[]);
  }
  return cluster;
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** CPU of gathering the world over HTTP (the lab's own share included) and of all checks. */
export async function measureDoctor(pods: number): Promise<{ gatherMs: number; checksMs: number; findings: number }> {
  const cluster = await serveCluster(pods);
  const clock = systemClock;
  const kubernetes = createKubernetesClient({
    kubeconfig: { text: cluster.kubeconfig },
    clock,
    checkPermit: () => undefined,
  });
  const signal = AbortSignal.timeout(120_000);
  await kubernetes.kinds(signal); // discovery and loading are start-up, not doctor
  const reader = createWorldReader({ kubernetes, clock });
  const start = cpuMs();
  const world = await reader.world({ maxAgeMs: 0, signal });
  const gathered = cpuMs();
  const results = runChecks(checks, world, { now: clock.now() });
  const done = cpuMs();
  kubernetes.close();
  await cluster.close();
  return {
    gatherMs: gathered - start,
    checksMs: done - gathered,
    findings: results.flatMap(({ findings }) => findings).length,
  };
}

/** Tokens (o200k) of listing 200 pods, by what was asked for. */
export async function measureLists(): Promise<Readonly<Record<string, number>>> {
  const cluster = await serveCluster(200);
  const home = mkdtempSync(join(tmpdir(), 'bench-reads-'));
  const kubeconfig = join(home, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig);
  const cli = join(import.meta.dirname, '../../src/cli.ts');
  const where = {
    command: process.execPath,
    args: [cli, '--kubeconfig', kubeconfig, 'up', '--stdio'],
    env: environmentOf(home),
  };
  const client = await openClient('modern', where);
  const size = async (tool: string, input: Record<string, unknown>) =>
    encode((await client.call(tool, input)).text).length;
  const sizes = {
    'list 200 pods, as it comes': await size('cluster_list', { kind: 'pods' }),
    'list 200 pods, every row': await size('cluster_list', { kind: 'pods', all: true }),
    'overview of 200 healthy pods': await size('overview', {}),
  };
  await client.close();
  await cluster.close();
  return sizes;
}

if (import.meta.main) {
  console.log(await measureLists());
  for (const pods of [1_000, 10_000]) console.log(pods, await measureDoctor(pods));
}
