import {
  type CommandOutcome,
  done,
  guidOf,
  type LabDataset,
  type LabHostState,
  type LabPool,
  type LabSnapshot,
  refused,
  said,
} from '../model.ts';
import { usageOf } from '../space.ts';
import { propertiesOf } from './properties.ts';

/** `zfs`, as far as the product may use it. */

interface Call {
  readonly host: LabHostState;
  readonly nowMs: number;
}
type Program = (argv: readonly string[], call: Call) => CommandOutcome;

export function zfs(argv: readonly string[], call: Call): CommandOutcome {
  const [verb = '', ...rest] = argv;
  const program = PROGRAMS[verb];
  if (program === undefined) return refused(`unrecognized command '${verb}'\nusage: zfs command args ...`, 2);
  return program(rest, call);
}

const poolOf = (host: LabHostState, name: string): LabPool | undefined => host.pools.get(name.split(/[/@]/)[0] ?? '');
const SUSPENDED = 'pool I/O is currently suspended';
const missing = (name: string): CommandOutcome => refused(`cannot open '${name}': dataset does not exist`);

/** A dataset by name, or how the tool says that it cannot have it. */
function find(host: LabHostState, name: string): { pool: LabPool; dataset: LabDataset } | CommandOutcome {
  const pool = poolOf(host, name);
  const dataset = pool?.datasets.get(name);
  if (pool?.suspended) return refused(`cannot open '${name}': ${SUSPENDED}`);
  return pool && dataset ? { pool, dataset } : missing(name);
}

interface Found {
  readonly pool: LabPool;
  readonly dataset: LabDataset;
  readonly snapshot: LabSnapshot;
  readonly short: string;
}

function findSnapshot(
  host: LabHostState,
  name: string,
  orElse: (found: string) => CommandOutcome,
): Found | CommandOutcome {
  const [owner = '', short = ''] = name.split('@');
  const found = find(host, owner);
  if ('exitCode' in found) return found;
  const snapshot = found.dataset.snapshots.get(short);
  return snapshot ? { ...found, snapshot, short } : orElse(name);
}

const version: Program = (_argv, { host }) => said(`zfs-${host.version}\nzfs-kmod-${host.version}\n`);

const awake = ({ pools }: LabHostState): LabPool[] => [...pools.values()].filter(({ suspended }) => !suspended);

const list: Program = (argv, { host }) => {
  const match = /^-H -p -t (filesystem,volume|snapshot) -o (\S+)(?: -r -d 1 (\S+))?$/.exec(argv.join(' '));
  if (!match) return refused('usage:\n\tlist ...', 2);
  const [, types, columns = '', root] = match;
  if (root !== undefined) {
    const found = find(host, root);
    if ('exitCode' in found) return found;
    return said(snapshotRows(found.pool, [found.dataset], columns));
  }
  const pools = awake(host);
  // Pools that are suspended are passed over without a word.
  if (pools.length === 0) return { exitCode: 0, stdout: '', stderr: 'no datasets available\n' };
  return said(
    pools
      .map((pool) => {
        const datasets = [...pool.datasets.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
        if (types === 'snapshot') return snapshotRows(pool, datasets, columns);
        const usage = usageOf(pool);
        return datasets.map((dataset) => row(columns, datasetColumns(dataset, usage))).join('');
      })
      .join(''),
  );
};

const row = (columns: string, values: Readonly<Record<string, string | number>>): string =>
  `${columns
    .split(',')
    .map((column) => String(values[column] ?? '-'))
    .join('\t')}\n`;

const datasetColumns = (dataset: LabDataset, usage: ReturnType<typeof usageOf>): Record<string, string | number> => ({
  name: dataset.name,
  guid: dataset.guid,
  type: dataset.type,
  used: usage.used(dataset.name),
  available: usage.available(dataset.name),
  referenced: dataset.referenced,
  mountpoint: dataset.mountpoint ?? '-',
  origin: dataset.origin ?? '-',
  encryption: 'off',
  keystatus: '-',
  creation: Math.floor(dataset.createdMs / 1000),
});

function snapshotRows(pool: LabPool, datasets: readonly LabDataset[], columns: string): string {
  const clones = new Map<string, string[]>();
  for (const { name, origin } of pool.datasets.values())
    if (origin !== undefined) clones.set(origin, [...(clones.get(origin) ?? []), name]);
  return datasets
    .flatMap((dataset) =>
      [...dataset.snapshots.values()].map((snapshot) => {
        const name = `${dataset.name}@${snapshot.name}`;
        return row(columns, {
          name,
          guid: snapshot.guid,
          used: snapshot.used,
          referenced: snapshot.referenced,
          creation: Math.floor(snapshot.createdMs / 1000),
          userrefs: snapshot.holds.size,
          clones: clones.get(name)?.join(',') ?? '-',
        });
      }),
    )
    .join('');
}

const get: Program = (argv, { host }) => {
  const text = argv.join(' ');
  const all = /^-H -p -o name,property,value,source all (\S+)$/.exec(text);
  if (all) {
    const found = find(host, all[1] ?? '');
    if ('exitCode' in found) return found;
    const { pool, dataset } = found;
    return said(
      propertiesOf(pool, dataset)
        .map(([property, value, source]) => `${dataset.name}\t${property}\t${value}\t${source}\n`)
        .join(''),
    );
  }
  const own = /^-H -p -t filesystem,volume -s local -o name,property,value,source (\S+)$/.exec(text);
  if (!own) return refused('usage:\n\tget ...', 2);
  const wanted = new Set((own[1] ?? '').split(','));
  return said(
    awake(host)
      .flatMap((pool) => [...pool.datasets.values()])
      .flatMap(({ name, properties }) =>
        [...properties]
          .filter(([property]) => wanted.has(property))
          .map(([property, value]) => `${name}\t${property}\t${value}\tlocal\n`),
      )
      .join(''),
  );
};

const holds: Program = (argv, { host }) => {
  const found = findSnapshot(host, argv.at(-1) ?? '', missing);
  if ('exitCode' in found) return found;
  const name = `${found.dataset.name}@${found.short}`;
  return said(
    [...found.snapshot.holds].map(([tag, at]) => `${name}\t${tag}\t${new Date(at).toUTCString()}\n`).join(''),
  );
};

const clonesOf = ({ pool, dataset, short }: Found): string[] =>
  [...pool.datasets.values()].filter(({ origin }) => origin === `${dataset.name}@${short}`).map(({ name }) => name);

const destroy: Program = (argv, { host }) => {
  const isDry = argv.join(' ').startsWith('-n -v -p ');
  const name = argv.at(-1) ?? '';
  if (!name.includes('@') || (!isDry && argv.length > 1)) return refused('usage:\n\tdestroy ...', 2);
  const none = (): CommandOutcome => refused('could not find any snapshots to destroy; check snapshot names.');
  const found = findSnapshot(host, name, none);
  if ('exitCode' in found) return found;
  const clones = clonesOf(found);
  if (clones.length > 0)
    return refused(
      `cannot destroy '${name}': snapshot has dependent clones\nuse '-R' to destroy the following datasets:\n${clones.join('\n')}`,
    );
  if (isDry) return said(`destroy\t${name}\nreclaim\t${found.snapshot.used}\n`);
  if (found.snapshot.holds.size > 0)
    return refused(`cannot destroy snapshot ${name}: it's being held. Run 'zfs holds -r ${name}' to see holders.`);
  found.dataset.snapshots.delete(found.short);
  return done;
};

const USAGE =
  'usage:\n\tsnapshot [-r] [-o property=value] ... <filesystem|volume>@<snap> ...\n\nFor the property list, run: zfs set|get';

const snapshot: Program = ([name = ''], { host, nowMs }) => {
  const [owner = '', short = ''] = name.split('@');
  const found = find(host, owner);
  if ('exitCode' in found)
    return poolOf(host, owner)?.suspended ? refused(`cannot open '${owner}': ${SUSPENDED}\n${USAGE}`, 2) : found;
  const { pool, dataset } = found;
  if (dataset.snapshots.has(short)) return refused(`cannot create snapshot '${name}': dataset already exists`);
  if (usageOf(pool).available(owner) <= 0) return refused(`cannot create snapshot '${name}': out of space`);
  dataset.snapshots.set(short, {
    name: short,
    guid: guidOf(`${name} ${nowMs}`),
    createdMs: nowMs,
    used: 0,
    referenced: dataset.referenced,
    holds: new Map(),
  });
  return done;
};

const hold: Program = ([tag = '', name = ''], { host, nowMs }) => {
  const found = findSnapshot(host, name, () => refused(`cannot hold snapshot '${name}': dataset does not exist`));
  if ('exitCode' in found) return found;
  if (found.snapshot.holds.has(tag))
    return refused(`cannot hold snapshot '${name}': tag already exists on this dataset`);
  found.snapshot.holds.set(tag, nowMs);
  return done;
};

const release: Program = ([tag = '', name = ''], { host }) => {
  const found = findSnapshot(host, name, () =>
    refused(`cannot release hold from snapshot '${name}': dataset does not exist`),
  );
  if ('exitCode' in found) return found;
  return found.snapshot.holds.delete(tag)
    ? done
    : refused(`cannot release hold from snapshot '${name}': no such tag on this dataset`);
};

const rollback: Program = ([name = ''], { host }) => {
  const found = findSnapshot(host, name, missing);
  if ('exitCode' in found) return found;
  const names = [...found.dataset.snapshots.keys()];
  const newer = names.slice(names.indexOf(found.short) + 1);
  if (newer.length > 0)
    return refused(
      `cannot rollback to '${name}': more recent snapshots or bookmarks exist\nuse '-r' to force deletion of the following snapshots and bookmarks:\n${newer.map((one) => `${found.dataset.name}@${one}`).join('\n')}`,
    );
  found.dataset.referenced = found.snapshot.referenced;
  return done;
};

const create: Program = ([name = ''], { host, nowMs }) => {
  const pool = poolOf(host, name);
  if (pool === undefined) return refused(`cannot create '${name}': no such pool '${name.split('/')[0] ?? ''}'`);
  if (pool.suspended) return refused(`cannot create '${name}': ${SUSPENDED}`);
  if (pool.datasets.has(name)) return refused(`cannot create '${name}': dataset already exists`);
  if (!pool.datasets.has(name.slice(0, Math.max(0, name.lastIndexOf('/')))))
    return refused(`cannot create '${name}': parent does not exist`);
  pool.datasets.set(name, {
    name,
    guid: guidOf(`${name} ${nowMs}`),
    type: 'filesystem',
    createdMs: nowMs,
    referenced: 98_304,
    origin: undefined,
    mountpoint: `/${name}`,
    properties: new Map(),
    snapshots: new Map(),
  });
  return done;
};

const set: Program = ([setting = '', name = ''], { host }) => {
  const found = find(host, name);
  if ('exitCode' in found) return found;
  const { pool, dataset } = found;
  const cut = setting.indexOf('=');
  const [property, value] = [setting.slice(0, cut), setting.slice(cut + 1)];
  if (property === 'quota' && value !== 'none' && Number(value) < usageOf(pool).used(name) && Number(value) > 0)
    return refused(`cannot set property for '${name}': size is less than current used or reserved space`);
  if (SIZES.has(property) && (value === 'none' || value === '0')) dataset.properties.delete(property);
  else dataset.properties.set(property, value);
  return done;
};

const SIZES: ReadonlySet<string> = new Set(['quota', 'refquota', 'reservation', 'refreservation']);

const PROGRAMS: Readonly<Record<string, Program>> = {
  version,
  list,
  get,
  holds,
  destroy,
  snapshot,
  hold,
  release,
  rollback,
  create,
  set,
};
