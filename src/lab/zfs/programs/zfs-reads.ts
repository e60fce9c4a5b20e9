import { type LabDataset, type LabHostState, type LabPool, refused, said } from '../model.ts';
import { usageOf } from '../space.ts';
import { propertiesOf } from './properties.ts';
import { find, findSnapshot, missing, type Program } from './zfs-names.ts';

/** What `zfs` shows and does not change. */

export const version: Program = (_argv, { host }) => said(`zfs-${host.version}\nzfs-kmod-${host.version}\n`);

const awake = ({ pools }: LabHostState): LabPool[] => [...pools.values()].filter(({ suspended }) => !suspended);

export const list: Program = (argv, { host }) => {
  const match = /^-H -p -t (filesystem,volume|snapshot|bookmark) -o (\S+)(?: -r -d 1 (\S+))?$/.exec(argv.join(' '));
  if (!match) return refused('usage:\n\tlist ...', 2);
  const [, types, columns = '', root] = match;
  if (root !== undefined) {
    const found = find(host, root);
    if ('exitCode' in found) return found;
    if (types === 'bookmark') return said(bookmarkRows(found.dataset, columns));
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

const bookmarkRows = ({ name, bookmarks }: LabDataset, columns: string): string =>
  [...bookmarks]
    .map(([short, { guid, createdMs }]) =>
      row(columns, { name: `${name}#${short}`, guid, creation: Math.floor(createdMs / 1000) }),
    )
    .join('');

export const get: Program = (argv, { host }) => {
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

export const holds: Program = (argv, { host }) => {
  const found = findSnapshot(host, argv.at(-1) ?? '', missing);
  if ('exitCode' in found) return found;
  const name = `${found.dataset.name}@${found.short}`;
  return said(
    [...found.snapshot.holds].map(([tag, at]) => `${name}\t${tag}\t${new Date(at).toUTCString()}\n`).join(''),
  );
};
