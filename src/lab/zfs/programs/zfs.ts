import { type CommandOutcome, done, guidOf, refused, said } from '../model.ts';
import { usageOf } from '../space.ts';
import { type Call, type Found, find, findSnapshot, missing, type Program, poolOf, SUSPENDED } from './zfs-names.ts';
import { get, holds, list, version } from './zfs-reads.ts';

/** `zfs`, as far as the product may use it. */
export function zfs(argv: readonly string[], call: Call): CommandOutcome {
  const [verb = '', ...rest] = argv;
  const program = PROGRAMS[verb];
  if (program === undefined) return refused(`unrecognized command '${verb}'\nusage: zfs command args ...`, 2);
  return program(rest, call);
}

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
  const marks = [...found.dataset.bookmarks].filter(([, { createdMs }]) => createdMs > found.snapshot.createdMs);
  const newer = [
    ...names.slice(names.indexOf(found.short) + 1).map((one) => `${found.dataset.name}@${one}`),
    ...marks.map(([one]) => `${found.dataset.name}#${one}`),
  ];
  if (newer.length > 0)
    return refused(
      `cannot rollback to '${name}': more recent snapshots or bookmarks exist\nuse '-r' to force deletion of the following snapshots and bookmarks:\n${newer.join('\n')}`,
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
    bookmarks: new Map(),
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
