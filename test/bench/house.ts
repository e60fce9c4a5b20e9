import { checks } from '../../src/checks/catalogue.ts';
import { runChecks } from '../../src/checks/run.ts';
import { createHelmReader } from '../../src/clients/helm/reader.ts';
import { createKubernetesClient } from '../../src/clients/kubernetes/client.ts';
import { systemClock } from '../../src/core/clock.ts';
import { startProxmoxLab } from '../../src/lab/proxmox/lab.ts';
import { startZfsLab } from '../../src/lab/zfs/lab.ts';
import { createWorldReader } from '../../src/world/create-reader.ts';
import { dependencyGraph } from '../../src/world/dependency-graph.ts';
import { dependsOn } from '../../src/world/depends-on.ts';
import { findThings } from '../../src/world/find-things.ts';
import type { World } from '../../src/world/world.ts';
import { proxmoxOf } from '../support/proxmox.ts';
import { zfsOf } from '../support/zfs.ts';
import { serveCluster } from './reads.ts';
import { type HouseSize, proxmoxFacts, releaseSecrets, volumes, zfsFacts } from './support/house.ts';

/** CPU of looking at a whole house, of all checks on it and of one question over all systems: `node test/bench/house.ts`. The lab that answers runs in the same process. */

const PODS = 800;

export interface HouseCost {
  readonly gatherMs: number;
  readonly checksMs: number;
  /** The very first question, before anything is warm. */
  readonly firstQuestionMs: number;
  /** Every later one; making the picture of a new world is in both. */
  readonly questionMs: number;
  /** Things that hang on the disk that was asked about. */
  readonly reached: number;
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** Milliseconds since `start`, and from now on. */
const lap = (start: number): readonly [took: number, now: number] => {
  const now = cpuMs();
  return [now - start, now];
};

/** What a look at a house of this size costs, all parts read over their real protocols. */
export async function measureHouse(size: HouseSize): Promise<HouseCost> {
  const clock = systemClock;
  const cluster = await serveCluster(PODS);
  const made = volumes(size);
  cluster.load('persistentvolumes', [...made.volumes]);
  cluster.load('persistentvolumeclaims', [...made.claims]);
  cluster.load('secrets', [...releaseSecrets(size)]);
  const zfsLab = await startZfsLab(zfsFacts(size), { clock });
  const proxmoxLab = await startProxmoxLab({ facts: proxmoxFacts(size), clock });
  const kubernetes = createKubernetesClient({
    kubeconfig: { text: cluster.kubeconfig },
    clock,
    checkPermit: () => undefined,
  });
  const zfs = zfsOf({ zfs: zfsLab.hosts });
  const proxmox = proxmoxOf({ proxmox: proxmoxLab });
  if (zfs === undefined || proxmox === undefined) throw new Error('the house has both');
  const reader = createWorldReader({
    kubernetes,
    helm: createHelmReader(kubernetes),
    zfs: zfs.hosts,
    proxmox: proxmox.clusters,
    clock,
  });
  const look = () => reader.world({ maxAgeMs: 0, signal: AbortSignal.timeout(120_000) });
  await look(); // connecting and discovery are start-up
  const at = cpuMs();
  const world = await look();
  const [gatherMs, gathered] = lap(at);
  runChecks(checks, world, { now: clock.now() });
  const [checksMs] = lap(gathered);
  const questions = ask(world);
  await Promise.all([zfs.close(), proxmox.close()]);
  kubernetes.close();
  await Promise.all([cluster.close(), zfsLab.close(), proxmoxLab.close()]);
  return { gatherMs, checksMs, ...questions };
}

const REPEATS = 20;

/** What hangs on one disk, over all systems, both ways; of a world that nobody asked before. */
function ask(world: World): Pick<HouseCost, 'firstQuestionMs' | 'questionMs' | 'reached'> {
  const question = () => {
    const graph = dependencyGraph(world.patch([]));
    const [disk] = findThings(graph, 'ZR501');
    const [id] = disk === undefined ? [...graph.things.keys()].filter((name) => name.startsWith('Disk ')) : [disk.id];
    if (id === undefined) throw new Error('the house has disks');
    dependsOn(graph, id, 'down');
    return dependsOn(graph, id, 'up').length;
  };
  const start = cpuMs();
  const reached = question();
  const [firstQuestionMs, first] = lap(start);
  for (let count = 0; count < REPEATS; count++) question();
  const [all] = lap(first);
  return { firstQuestionMs, questionMs: all / REPEATS, reached };
}

/** The house that the goals speak of. */
export const HOUSE: HouseSize = {
  hosts: 3,
  guests: 200,
  datasets: 5_000,
  snapshots: 100_000,
  releases: 60,
  volumes: 200,
};

if (import.meta.main) console.log(await measureHouse(HOUSE));
