import type { ZfsHosts, ZfsReader } from '../../../clients/zfs/contract.ts';
import type { Snapshot } from '../../../clients/zfs/lists.ts';
import type { RestorePoint } from '../../../core/plan.ts';

/** Where a snapshot is now: a copy counts when it is in another pool. */
export interface Home {
  readonly host: string;
  readonly pool: string;
}

/**
 * The same snapshot in another pool, of any host that is configured: what was sent keeps its guid, so an equal guid is an
 * equal content. Undefined when no host shows one.
 */
export async function replicaOf(
  zfs: ZfsHosts,
  { guid }: Pick<Snapshot, 'guid'>,
  home: Home,
  signal: AbortSignal,
): Promise<RestorePoint | undefined> {
  const names = await zfs.names();
  const found = await Promise.all(names.map(async (host) => copyOn(await zfs.host(host), guid, home, signal)));
  return found.find((one) => one !== undefined);
}

async function copyOn(
  reader: ZfsReader,
  guid: string,
  home: Home,
  signal: AbortSignal,
): Promise<RestorePoint | undefined> {
  const copy = (await snapshotsOf(reader, signal)).find(
    (one) => one.guid === guid && !(reader.host === home.host && poolOf(one.name) === home.pool),
  );
  if (copy === undefined) return undefined;
  return {
    what: `${reader.host}/${copy.name}`,
    where: `pool ${poolOf(copy.name)} of ${reader.host}`,
    at: copy.createdAt,
    verified: true,
  };
}

/** A host that does not answer has no copy that anybody could count on. */
const snapshotsOf = (reader: ZfsReader, signal: AbortSignal): Promise<readonly Snapshot[]> =>
  reader.snapshots(undefined, signal).catch(() => []);

const poolOf = (name: string): string => name.split(/[/@]/)[0] ?? '';
