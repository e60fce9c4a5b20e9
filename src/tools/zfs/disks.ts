import * as z from 'zod';
import type { ZfsReader } from '../../clients/zfs/contract.ts';
import { type Pool, walkVdevs } from '../../clients/zfs/model.ts';
import { sizeText } from '../../core/size.ts';
import { eachLimited } from '../../world/each-limited.ts';
import { nameOf } from '../../world/zfs/health.ts';
import { diskObject, isOnDisk } from '../../world/zfs/objects.ts';
import type { ZfsDisk } from '../../world/zfs/schema.ts';
import { defineTool } from '../define.ts';
import { errorsText } from './support/describe.ts';
import { Host } from './support/inputs.ts';
import { type SmartFacts, smartOf } from './support/smart.ts';

interface Row {
  readonly host: string;
  readonly disk: ZfsDisk;
  readonly smart: SmartFacts | undefined;
  readonly errors: string;
}

interface Found {
  readonly rows: readonly Row[];
  /** Leaves of pools whose disk the host does not show. */
  readonly missing: readonly (readonly string[])[];
}

/** smartctl wakes a disk and takes its time: a few at once. */
const AT_ONCE = 4;

export default defineTool({
  name: 'zfs_disks',
  title: 'Disks of ZFS hosts',
  description:
    'Every disk: serial, by-id name, pool and vdev with guid, SMART, and the free ones. Disk actions take guid, serial and path from here only.',
  effect: 'read',
  needs: ['zfs'],
  taints: [],
  input: z.strictObject({ host: Host.optional() }),
  async run({ host }, ctx): Promise<Found> {
    const {
      clients: { zfs },
      signal,
    } = ctx;
    const names = host === undefined ? await zfs.names() : [host];
    const rows: Row[] = [];
    const missing: (readonly string[])[] = [];
    for (const name of names) {
      ctx.progress(`reading the disks of ${name}`);
      const found = await readDisks(await zfs.host(name), signal);
      rows.push(...found.rows);
      missing.push(...found.missing);
    }
    return { rows, missing };
  },
  render: ({ rows, missing }) => {
    const order = (row: Row): number => (isBad(row) ? 0 : row.disk.member === undefined ? 1 : 2);
    const sorted = rows.toSorted((a, b) => order(a) - order(b) || (a.disk.path < b.disk.path ? -1 : 1));
    const bad = rows.filter(isBad).length + missing.length;
    const free = rows.filter(({ disk }) => disk.member === undefined && disk.uses.length === 0).length;
    return {
      summary: `${rows.length} disks, ${bad === 0 ? 'none' : bad} with a problem, ${free} free.`,
      sections: [
        ...(missing.length > 0
          ? [
              {
                kind: 'table' as const,
                title: 'In a pool, not shown by the host',
                columns: ['host', 'was', 'in', 'state', 'guid'],
                rows: missing,
              },
            ]
          : []),
        {
          kind: 'table',
          columns: ['host', 'serial', 'path', 'size', 'in', 'guid', 'state', 'smart'],
          rows: sorted.map(cellsOf),
        },
      ],
    };
  },
});

const isBad = ({ disk, smart, errors }: Row): boolean =>
  (disk.member !== undefined && !['ONLINE', 'AVAIL', 'INUSE'].includes(disk.member.state)) ||
  errors !== '' ||
  smart?.isFailing === true;

function cellsOf({ host, disk, smart, errors }: Row): readonly string[] {
  const { member } = disk;
  const use = disk.uses.length === 0 ? 'FREE' : disk.uses.join(', ');
  return [
    host,
    disk.serial ?? '-',
    disk.path,
    sizeText(disk.sizeBytes),
    member === undefined
      ? use
      : `${member.pool} ${member.top === disk.path ? member.class : nameOf({ name: member.top })}${member.class === 'normal' ? '' : ` ${member.class}`}`,
    member?.vdevGuid ?? '-',
    member === undefined ? '-' : `${member.state}${errors}`,
    smart?.text ?? '-',
  ];
}

async function readDisks(reader: ZfsReader, signal: AbortSignal): Promise<Found> {
  const { host } = reader;
  const [disks, pools] = await Promise.all([reader.disks(signal), reader.pools(signal)]);
  const smart = new Map<string, SmartFacts>();
  await eachLimited(disks, AT_ONCE, async ({ id }) => {
    // A disk that does not answer smartctl is still a disk.
    const facts = smartOf(await reader.smart(id, signal).catch(() => undefined));
    if (facts !== undefined) smart.set(id, facts);
  });
  const leaves = leavesOf(pools);
  const rows = disks.map((disk): Row => {
    const leaf = leaves.find(({ vdev }) => isOnDisk(vdev, disk));
    return {
      host,
      disk: diskObject(host, disk, pools),
      smart: smart.get(disk.id),
      errors: leaf ? errorsText(leaf.vdev) : '',
    };
  });
  const missing = leaves
    .filter(({ vdev }) => !disks.some((disk) => isOnDisk(vdev, disk)))
    .map(({ pool, top, vdev }) => [
      host,
      vdev.was ?? vdev.path ?? vdev.name,
      `${pool} ${nameOf({ name: top })}`,
      vdev.state,
      vdev.guid,
    ]);
  return { rows, missing };
}

const leavesOf = (pools: readonly Pool[]) =>
  pools.flatMap((pool) =>
    pool.vdevs.flatMap((top) =>
      [...walkVdevs([top])]
        .filter(({ children, type }) => children.length === 0 && type !== 'dspare' && type !== 'indirect')
        .map((vdev) => ({ pool: pool.name, top: top.name, vdev })),
    ),
  );
