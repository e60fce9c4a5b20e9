import * as z from 'zod';
import type { ZfsEvent, ZfsReader } from '../../clients/zfs/contract.ts';
import { messageOf } from '../../core/errors.ts';
import type { Section } from '../../core/output.ts';
import { sizeText } from '../../core/size.ts';
import { readDatasets, readPools } from '../../world/zfs/gather.ts';
import { poolObject } from '../../world/zfs/objects.ts';
import type { ZfsPool } from '../../world/zfs/schema.ts';
import { defineTool } from '../define.ts';
import { percentText } from './support/format.ts';
import { Host, PoolName } from './support/inputs.ts';
import { isHealthy, poolLine, troubleSections } from './support/pool-text.ts';

interface HostStatus {
  readonly host: string;
  readonly pools: readonly ZfsPool[];
  readonly arc: ReadonlyMap<string, number> | undefined;
  readonly events: readonly ZfsEvent[];
  readonly problem?: string;
}

interface Found {
  readonly hosts: readonly HostStatus[];
  readonly now: Date;
}

export default defineTool({
  name: 'zfs_status',
  title: 'State of ZFS pools',
  description:
    'Health of every pool: redundancy left, broken disks, errors, scrub or resilver with progress, space, ARC. ONLINE alone is not health.',
  effect: 'read',
  needs: ['zfs'],
  taints: [],
  input: z.strictObject({ host: Host.optional(), pool: PoolName.optional() }),
  async run({ host, pool }, { clients: { zfs }, now, signal }): Promise<Found> {
    const names = host === undefined ? await zfs.names() : [host];
    const readers = await Promise.all(names.map((name) => zfs.host(name)));
    const hosts = await Promise.all(readers.map((reader) => statusOf(reader, pool, signal)));
    return { hosts, now };
  },
  render: ({ hosts, now }) => {
    const pools = hosts.flatMap((one) => one.pools);
    const sick = pools.filter((one) => !isHealthy(one));
    const silent = hosts.flatMap(({ host, problem }) => (problem === undefined ? [] : [`${host}: ${problem}`]));
    return {
      summary: summaryOf(pools.length, sick.length, silent.length),
      sections: [
        ...sick.flatMap((one) => troubleSections(one, now)),
        ...textOf(pools.filter(isHealthy).map((one) => poolLine(one, now))),
        ...textOf(silent, 'Not readable'),
        ...textOf(hosts.flatMap((one) => (sick.length > 0 ? eventLines(one) : []))),
        ...textOf(hosts.flatMap(arcLine)),
      ],
      ...(sick.length > 0 && { next: 'zfs_disks maps guid, serial and by-id name of every disk.' }),
    };
  },
});

const textOf = (lines: readonly string[], title?: string): readonly Section[] =>
  lines.length === 0 ? [] : [{ kind: 'text', text: lines.join('\n'), ...(title !== undefined && { title }) }];

function summaryOf(pools: number, sick: number, silent: number): string {
  const hidden = silent === 0 ? '' : ` ${silent} host${silent === 1 ? '' : 's'} could not be read.`;
  if (pools === 0) return silent > 0 ? `Pools are unknown:${hidden}` : 'No pools.';
  const all = `${pools} pool${pools === 1 ? '' : 's'}`;
  return `${sick === 0 ? `${all}, healthy.` : `${all}, ${sick} in trouble.`}${hidden}`;
}

/** A host that does not answer is a line of its own, and no reason to say nothing about the others. */
async function statusOf(reader: ZfsReader, only: string | undefined, signal: AbortSignal): Promise<HostStatus> {
  const { host } = reader;
  try {
    const found = (await readPools(reader, signal)).filter(({ pool }) => only === undefined || pool.name === only);
    const isAsleep = found.some(({ pool, kernelState }) => [pool.state, kernelState].includes('SUSPENDED'));
    const tree = isAsleep ? undefined : await readDatasets(reader, signal).catch(() => undefined);
    const [arc, events] = await Promise.all([
      reader.arcstats(signal).catch(() => undefined),
      reader.events(signal).catch(() => []),
    ]);
    const pools = found.map(({ pool, kernelState, space }) => {
      const root = tree?.datasets.find(({ name }) => name === pool.name);
      return poolObject(host, pool, { kernelState, space, root, own: tree?.own.get(pool.name) });
    });
    return { host, pools, arc, events };
  } catch (error) {
    if (signal.aborted) throw error;
    return { host, pools: [], arc: undefined, events: [], problem: messageOf(error) };
  }
}

/** Error reports of the kernel's ring, counted by kind. */
function eventLines({ host, events }: HostStatus): readonly string[] {
  const counts = Map.groupBy(
    events.filter((event) => event.class.startsWith('ereport.fs.zfs.')),
    (event) => event.class.slice('ereport.fs.zfs.'.length),
  );
  if (counts.size === 0) return [];
  const texts = [...counts].map(([name, all]) => `${all.length} ${name} (last ${all.at(-1)?.at.slice(0, 20) ?? '?'})`);
  return [`Events of ${host}: ${texts.slice(0, 6).join(', ')}`];
}

function arcLine({ host, arc }: HostStatus): readonly string[] {
  if (arc === undefined) return [];
  const at = (name: string): number => arc.get(name) ?? 0;
  const [hits, l2] = [at('hits') + at('iohits'), at('l2_hits') + at('l2_misses')];
  const asked = hits + at('misses');
  return [
    `ARC ${host}: ${sizeText(at('size'))} of ${sizeText(at('c_max'))}${asked === 0 ? '' : `, ${percentText(hits / asked)} hits`}${l2 === 0 ? '' : `, L2 ${percentText(at('l2_hits') / l2)}`}`,
  ];
}
