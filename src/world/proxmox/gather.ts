import type { ProxmoxClusters, ProxmoxReader } from '../../clients/proxmox/contract.ts';
import { known, type Part, unknown, type WorldParts } from '../world.ts';
import { type Attempt, attemptOf, mapOf, need } from './attempt.ts';
import { diskObjects, type SmartMemory } from './disks.ts';
import { haObject, replicationObject, storageObject, taskObject, thinPoolObject } from './objects.ts';
import { backupsPart, clusterPart, guestsPart, nodesPart } from './read-parts.ts';
import type { ProxmoxPartName } from './schema.ts';

const TASKS = 100;

/** A part of one connection: its objects by key, or why there are none. */
type Found = ReadonlyMap<string, unknown> | { readonly reason: string };
type ClusterLook = Readonly<Record<ProxmoxPartName, Found>>;

export interface ProxmoxGatherOptions {
  readonly now: Date;
  readonly timeoutMs: number;
  /** Kept from look to look by whoever looks again. */
  readonly smart?: SmartMemory;
}

/**
 * Reads every connection, side by side. A part that one of them could not tell, or may not tell in full (the token lacks
 * a privilege, so that lists come back short instead of failing), is unknown with the reason: never empty, never shorter.
 * Throws only when `signal` aborts.
 */
export async function gatherProxmox(
  clusters: ProxmoxClusters,
  { timeoutMs, now, smart = new Map() }: ProxmoxGatherOptions,
  signal: AbortSignal,
): Promise<WorldParts> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const names = await clusters.names();
  const looks = await Promise.all(
    names.map(async (name) => ({
      name,
      look: await lookAtCluster(await clusters.cluster(name), { now, smart }, limited),
    })),
  );
  signal.throwIfAborted();
  const parts: Record<string, Part<unknown>> = {};
  for (const part of PARTS) parts[part] = joined(looks.map(({ name, look }) => [name, look[part]]));
  return parts as WorldParts; // sound: each object was made by the builder of its part
}

function joined(found: readonly (readonly [name: string, part: Found])[]): Part<unknown> {
  const gaps = found.flatMap(([name, part]) => ('reason' in part ? [`${name}: ${part.reason}`] : []));
  if (gaps.length > 0) return unknown(gaps.join('; '));
  return known(new Map(found.flatMap(([, part]) => ('reason' in part ? [] : [...part]))));
}

/** Without these rights a list comes back short. */
const RIGHTS: Readonly<Record<ProxmoxPartName, readonly RegExp[]>> = {
  proxmoxCluster: [/^Sys\.Audit /],
  proxmoxNodes: [/^Sys\.Audit /],
  proxmoxGuests: [/^VM\.Audit /],
  proxmoxStorages: [/^Datastore\.Audit /],
  proxmoxTasks: [/^Sys\.Audit /],
  proxmoxBackups: [/^Sys\.Audit /, /^VM\./, /^Datastore\./],
  proxmoxHa: [/^Sys\.Audit /],
  proxmoxReplication: [/^VM\.Audit /],
  proxmoxDisks: [/^Sys\.Audit /],
  proxmoxThinPools: [/^Sys\.Audit /],
};
// sound: the keys of that very object
const PARTS = Object.keys(RIGHTS) as readonly ProxmoxPartName[];

async function lookAtCluster(
  client: ProxmoxReader,
  asked: { readonly now: Date; readonly smart: SmartMemory },
  signal: AbortSignal,
): Promise<ClusterLook> {
  const attempt = attemptOf(signal);
  const [missing, status, guests, storages] = await Promise.all([
    attempt(() => client.missingPrivileges(signal)),
    attempt(() => client.clusterStatus(signal)),
    attempt(() => client.guests(signal)),
    attempt(() => client.storages(signal)),
  ]);
  // Nobody answers: asking for the rest would only wait again.
  const [first, ...others] = [missing, status, guests, storages].map((one) => ('reason' in one ? one.reason : ''));
  if (first !== undefined && first !== '' && others.every((reason) => reason === first))
    return Object.fromEntries(PARTS.map((part) => [part, { reason: first }])) as ClusterLook; // sound: one entry per part
  const online = 'reason' in status ? [] : status.value.nodes.filter((node) => node.online).map(({ name }) => name);
  const [cluster, nodes, looked, tasks, backups, ha, replication, disks, thinPools] = await Promise.all([
    attempt(async () => clusterPart(client, need(status), need(missing), signal)),
    attempt(async () => nodesPart(client, need(status).nodes, signal)),
    attempt(async () => guestsPart(client, need(guests), online, signal)),
    attempt(async () =>
      mapOf(
        client.name,
        (await client.tasks({ limit: TASKS }, signal)).map((one) => taskObject(client.name, one)),
      ),
    ),
    attempt(async () => backupsPart(client, need(guests), need(storages), signal)),
    attempt(async () =>
      mapOf(
        client.name,
        (await client.ha(signal)).services.map((one) => haObject(client.name, one)),
      ),
    ),
    attempt(async () =>
      mapOf(
        client.name,
        (await client.replication(signal)).map((one) => replicationObject(client.name, one)),
      ),
    ),
    attempt(async () => mapOf(client.name, await diskObjects(client, online, asked, signal))),
    attempt(async () =>
      mapOf(
        client.name,
        (await Promise.all(online.map((node) => client.thinPools(node, signal))))
          .flat()
          .map((one) => thinPoolObject(client.name, one)),
      ),
    ),
  ]);
  const parts: Record<ProxmoxPartName, Attempt<ReadonlyMap<string, unknown>>> = {
    proxmoxCluster: cluster,
    proxmoxNodes: nodes,
    proxmoxGuests: looked,
    proxmoxStorages:
      'reason' in storages
        ? storages
        : {
            value: mapOf(
              client.name,
              storages.value.map((one) => storageObject(client.name, one)),
            ),
          },
    proxmoxTasks: tasks,
    proxmoxBackups: backups,
    proxmoxHa: ha,
    proxmoxReplication: replication,
    proxmoxDisks: disks,
    proxmoxThinPools: thinPools,
  };
  const entries = PARTS.map((part) => [part, trusted(part, parts[part], missing)] as const);
  return Object.fromEntries(entries) as ClusterLook; // sound: one entry per part
}

/** A list that may be short is no list. */
function trusted(
  part: ProxmoxPartName,
  found: Attempt<ReadonlyMap<string, unknown>>,
  missing: Attempt<readonly string[]>,
): Found {
  if ('reason' in found) return found;
  if ('reason' in missing) return { reason: `the rights of the account could not be read: ${missing.reason}` };
  const lacking = missing.value.filter((one) => RIGHTS[part].some((right) => right.test(one)));
  return lacking.length === 0
    ? found.value
    : { reason: `the account lacks ${lacking.join(', ')}: what it sees may be less than there is` };
}
