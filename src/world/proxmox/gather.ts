import type { Guest, ProxmoxClusters, ProxmoxReader, Storage } from '../../clients/proxmox/contract.ts';
import { messageOf } from '../../core/errors.ts';
import { eachLimited } from '../each-limited.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { known, type Part, unknown, type WorldParts } from '../world.ts';
import { diskObjects, type SmartMemory } from './disks.ts';
import {
  backupObjects,
  type FoundArchive,
  type GuestLook,
  guestObject,
  haObject,
  metadataOf,
  nodeObject,
  proxmoxKey,
  replicationObject,
  storageObject,
  taskObject,
  thinPoolObject,
} from './objects.ts';
import type { ProxmoxPartName } from './schema.ts';

const TASKS = 100;
/** Reads of guests under way at a time; the client itself sends four. */
const AT_ONCE = 8;

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

type Attempt<T> = { readonly value: T } | { readonly reason: string };

const attemptOf =
  (signal: AbortSignal) =>
  async <T>(read: () => Promise<T>): Promise<Attempt<T>> => {
    try {
      signal.throwIfAborted();
      return { value: await unlessAborted(read(), signal) };
    } catch (error) {
      return { reason: signal.aborted ? 'it could not be read in time' : messageOf(error) };
    }
  };

/** What another part stands on. */
function need<T>(attempt: Attempt<T>): T {
  if ('reason' in attempt) throw new Error(attempt.reason);
  return attempt.value;
}

const mapOf = <T extends { readonly metadata: { readonly name: string } }>(
  cluster: string,
  objects: readonly T[],
): ReadonlyMap<string, T> => new Map(objects.map((object) => [proxmoxKey(cluster, object.metadata.name), object]));

async function clusterPart(
  client: ProxmoxReader,
  status: Awaited<ReturnType<ProxmoxReader['clusterStatus']>>,
  missingPrivileges: readonly string[],
  signal: AbortSignal,
) {
  const { armed, stale } = await client.ha(signal);
  return new Map([
    [
      client.name,
      {
        metadata: metadataOf(undefined, client.name, await client.identity()),
        ...(status.name !== undefined && { clusterName: status.name }),
        quorum: status.quorum,
        ...(status.expectedVotes !== undefined && { expectedVotes: status.expectedVotes }),
        ...(armed !== undefined && { armed }),
        stale: [...stale],
        missingPrivileges: [...missingPrivileges],
      },
    ],
  ]);
}

async function nodesPart(
  client: ProxmoxReader,
  nodes: Awaited<ReturnType<ProxmoxReader['clusterStatus']>>['nodes'],
  signal: AbortSignal,
) {
  const objects = await Promise.all(
    nodes.map(async (node) => {
      // A node that is down, or that does not tell, is still a node with its vote.
      const attempt = attemptOf(signal);
      const [status, note] = node.online
        ? await Promise.all([
            attempt(() => client.nodeStatus(node.name, signal)),
            attempt(() => client.nodeNote(node.name, signal)),
          ])
        : [{ reason: 'offline' }, { reason: 'offline' }];
      return nodeObject(
        client.name,
        node,
        'value' in status ? status.value : undefined,
        'value' in note ? note.value.text : undefined,
      );
    }),
  );
  return mapOf(client.name, objects);
}

async function guestsPart(
  client: ProxmoxReader,
  guests: readonly Guest[],
  online: readonly string[],
  signal: AbortSignal,
) {
  const looks = new Map<number, GuestLook>();
  await eachLimited(guests, AT_ONCE, async (guest) => {
    looks.set(
      guest.vmid,
      online.includes(guest.node)
        ? await lookAtGuest(client, guest, signal)
        : { unread: `node ${guest.node} is offline` },
    );
  });
  return mapOf(
    client.name,
    guests.map((guest) => guestObject(client.name, guest, looks.get(guest.vmid))),
  );
}

/** A configuration that names a parent has snapshots; the others are not asked. */
async function lookAtGuest(client: ProxmoxReader, guest: Guest, signal: AbortSignal): Promise<GuestLook> {
  const attempt = attemptOf(signal);
  const config = await attempt(() => client.guestConfig(guest, signal));
  if ('reason' in config) return { unread: config.reason };
  if (config.value.options['parent'] === undefined) return { config: config.value, snapshots: [] };
  const snapshots = await attempt(() => client.snapshots(guest, signal));
  return { config: config.value, ...('value' in snapshots && { snapshots: snapshots.value }) };
}

async function backupsPart(
  client: ProxmoxReader,
  guests: readonly Guest[],
  storages: readonly Storage[],
  signal: AbortSignal,
) {
  const [jobs, uncovered] = await Promise.all([client.backupJobs(signal), client.notBackedUp(signal)]);
  const { archives, unread } = await readArchives(client, storages, signal);
  return backupObjects(client.name, { guests, jobs, uncovered, archives, unread });
}

/** A shared storage is asked once, through any node that has it. */
export async function readArchives(client: ProxmoxReader, storages: readonly Storage[], signal: AbortSignal) {
  const homes = new Map(
    storages
      .filter(({ content, active }) => content.includes('backup') && active)
      .map((one) => [one.shared ? one.storage : `${one.node}/${one.storage}`, one]),
  );
  const away = storages.filter(
    ({ content, active, shared, storage }) => content.includes('backup') && !active && !(shared && homes.has(storage)),
  );
  const unread = [...new Set(away.map(({ node, storage, shared }) => (shared ? storage : `${node}/${storage}`)))];
  const archives: FoundArchive[] = [];
  const attempt = attemptOf(signal);
  await eachLimited(homes, AT_ONCE, async ([key, { node, storage, shared }]) => {
    const found = await attempt(() => client.volumes(node, storage, 'backup', signal));
    if ('reason' in found) unread.push(key);
    else archives.push(...found.value.map((one) => ({ ...one, ...(!shared && { node }) })));
  });
  return { archives, unread };
}
