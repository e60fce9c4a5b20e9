import { configError } from '../../core/errors.ts';
import type { DatasetFacts, FaultFacts, HostFacts, PoolFacts } from './facts.ts';
import {
  guidOf,
  type LabDataset,
  type LabDisk,
  type LabHostState,
  type LabPool,
  type LabVdev,
  leafOn,
  leaves,
  rowOf,
} from './model.ts';
import { newScan } from './work.ts';

const POWERS: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4, P: 5 };

/** `18T` is decimal, as disks are sold; `256Gi` binary, as memory is. */
export function bytesOf(size: string | number): number {
  if (typeof size === 'number') return size;
  const [, amount = '0', unit = '', binary] = /^([\d.]+)([KMGTP]?)(i)?/.exec(size) ?? [];
  return Math.round(Number(amount) * (binary === undefined ? 1000 : 1024) ** (POWERS[unit] ?? 0));
}

/** A host as its facts say, with everything that happened before `nowMs`. Throws `scenario_invalid` for a disk or pool that is not there. */
export function makeHost(name: string, facts: HostFacts, nowMs: number): LabHostState {
  const groups = new Map<string, LabDisk[]>();
  let index = 0;
  for (const [group, { count, ...disk }] of Object.entries(facts.disks))
    groups.set(
      group,
      Array.from({ length: count }, (_, at) => makeDisk(disk, at + 1, kernelName(disk.bus, index++))),
    );
  const host: LabHostState = {
    name,
    version: facts.version,
    memoryBytes: bytesOf(facts.memory),
    arcMaxBytes: bytesOf(facts.arcMax),
    disks: [...groups.values()].flat(),
    pools: new Map(),
    events: [],
    scanMs: facts.scan,
  };
  const pick = (wanted: string): LabDisk[] => disksNamed(groups, wanted);
  for (const [pool, own] of Object.entries(facts.pools)) host.pools.set(pool, makePool(host, pool, own, pick, nowMs));
  for (const fault of facts.faults) applyFault(host, fault, pick);
  return host;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const kernelName = (bus: string, index: number): string => {
  if (bus === 'nvme') return `nvme${index}n1`;
  const high = Math.floor(index / 26);
  return `sd${high > 0 ? (LETTERS[high - 1] ?? '') : ''}${LETTERS[index % 26] ?? ''}`;
};

function makeDisk(facts: Omit<HostFacts['disks'][string], 'count'>, number: number, kernel: string): LabDisk {
  const serial = `${facts.serial}${String(number).padStart(2, '0')}`;
  return {
    id: `${facts.bus}-${facts.model}_${serial}`,
    kernel,
    serial,
    model: facts.model,
    wwn: `0x5000c500${guidOf(serial).slice(0, 8)}`,
    sizeBytes: bytesOf(facts.size),
    sectorBytes: facts.sector,
    present: true,
    holds: facts.holds,
    mount: facts.mount,
    smart: { passed: true, reallocated: 0, pending: 0, hours: 18_000 + number, celsius: 34 + (number % 6) },
  };
}

function disksNamed(groups: ReadonlyMap<string, LabDisk[]>, wanted: string): LabDisk[] {
  const [, group = '', from = '0', to = from] = /^([a-z]+) (\d+)(?:-(\d+))?$/.exec(wanted) ?? [];
  const found = (groups.get(group) ?? []).slice(Number(from) - 1, Number(to));
  if (found.length === Number(to) - Number(from) + 1) return found;
  throw configError(
    'scenario_invalid',
    `Unable to make a ZFS host: it has no disks "${wanted}".`,
    'Correct the scenario.',
  );
}

function makePool(
  host: LabHostState,
  name: string,
  facts: PoolFacts,
  pick: (wanted: string) => LabDisk[],
  nowMs: number,
): LabPool {
  const pool: LabPool = {
    name,
    guid: guidOf(`pool ${host.name} ${name}`),
    txg: 4,
    createdMs: nowMs - facts.age,
    vdevs: facts.vdevs.flatMap((vdev, at) => makeVdev(vdev, at, pick(vdev.disks))),
    scan: undefined,
    expansion: undefined,
    suspended: false,
    dataErrors: [],
    fragmentation: facts.fragmentation,
    datasets: new Map(),
  };
  const all: [string, DatasetFacts][] = [
    [name, { used: 98_304, type: 'filesystem', properties: facts.properties, snapshots: [] }],
    ...Object.entries(facts.datasets).map(([below, own]): [string, DatasetFacts] => [`${name}/${below}`, own]),
  ];
  for (const [full, own] of all) pool.datasets.set(full, makeDataset(full, own, pool, nowMs));
  if (facts.scrub) {
    const { ended, took, errors } = facts.scrub;
    const scan = newScan('SCRUB', { ...host, scanMs: took }, pool, nowMs - ended - took);
    pool.scan = { ...scan, state: 'FINISHED', endMs: nowMs - ended, errors };
  }
  return pool;
}

function makeVdev({ class: group, type }: PoolFacts['vdevs'][number], at: number, disks: LabDisk[]): LabVdev[] {
  for (const disk of disks) disk.holds = 'zfs_member';
  const children = disks.map((disk) => leafOn(disk, group));
  if (type === 'disk') return children;
  if (type === 'mirror') return [rowOf('mirror', `mirror-${at}`, group, children)];
  return [rowOf('raidz', `${type}-${at}`, group, children, Number(type.at(-1)))];
}

function makeDataset(name: string, facts: DatasetFacts, pool: LabPool, nowMs: number): LabDataset {
  const dataset: LabDataset = {
    name,
    guid: guidOf(`dataset ${pool.guid} ${name}`),
    type: facts.type,
    createdMs: facts.age === undefined ? pool.createdMs : nowMs - facts.age,
    referenced: bytesOf(facts.used),
    origin: facts.origin,
    mountpoint: facts.type === 'volume' ? undefined : `/${name}`,
    properties: new Map(Object.entries(facts.properties)),
    snapshots: new Map(),
    bookmarks: new Map(),
  };
  const made = facts.snapshots
    .flatMap(({ prefix, count, every, used, newest, hold }) =>
      Array.from({ length: count }, (_, back) => {
        const createdMs = nowMs - newest - back * every;
        const short = `${prefix}${new Date(createdMs).toISOString().slice(0, 19).replaceAll(':', '-')}`;
        return {
          name: short,
          guid: guidOf(`snapshot ${pool.guid} ${name}@${short}`),
          createdMs,
          used: bytesOf(used),
          referenced: dataset.referenced,
          holds: new Map(hold === undefined ? [] : [[hold, createdMs]]),
        };
      }),
    )
    .toSorted((a, b) => a.createdMs - b.createdMs);
  for (const snapshot of made) dataset.snapshots.set(snapshot.name, snapshot);
  return dataset;
}

export function applyFault(host: LabHostState, fault: FaultFacts, pick: (wanted: string) => LabDisk[]): void {
  if ('disk' in fault) {
    for (const disk of pick(fault.disk)) breakDisk(host, disk, fault);
    return;
  }
  const pool = host.pools.get(fault.pool);
  if (pool === undefined)
    throw configError(
      'scenario_invalid',
      `Unable to make a ZFS host: it has no pool "${fault.pool}".`,
      'Correct the scenario.',
    );
  if ('suspended' in fault) suspend(pool);
  else pool.dataErrors = fault.dataErrors;
}

export function suspend(pool: LabPool): void {
  pool.suspended = true;
  const [first] = leaves(pool.vdevs);
  if (first) first.errors = { read: 3, write: 10, checksum: 0 };
}

export interface DiskFault {
  readonly state: 'ok' | 'offline' | 'faulted' | 'removed' | 'unavail' | 'pulled';
  readonly errors?: { readonly read: number; readonly write: number; readonly checksum: number } | undefined;
  readonly failing?: boolean;
}

export function breakDisk(host: LabHostState, disk: LabDisk, { state, errors, failing }: DiskFault): void {
  if (failing) disk.smart = { ...disk.smart, passed: false, reallocated: 1312, pending: 48 };
  if (state === 'pulled' || state === 'removed') disk.present = false;
  for (const pool of host.pools.values())
    for (const leaf of leaves(pool.vdevs).filter((one) => one.disk === disk)) {
      leaf.condition = state === 'pulled' ? 'removed' : state;
      leaf.aux = state === 'faulted' ? 'ERR_EXCEEDED' : state === 'unavail' ? 'OPEN_FAILED' : undefined;
      if (errors) leaf.errors = { ...errors };
    }
}
