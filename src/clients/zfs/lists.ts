/** Rows of the tab-separated forms (`zfs list -Hp`, `zpool list -Hp`, `zfs get -Hp`). Sizes in bytes; `-` is undefined. */

export interface PoolSpace {
  readonly name: string;
  readonly guid: string;
  readonly size: number;
  readonly allocated: number;
  /** Ignores slop space: a pool can be out of space with some of it left. */
  readonly free: number;
  readonly fragmentation: number | undefined;
  /** Per cent. */
  readonly capacity: number;
  readonly health: string;
}

export interface Dataset {
  readonly name: string;
  readonly guid: string;
  readonly type: 'filesystem' | 'volume';
  readonly used: number;
  readonly available: number;
  readonly referenced: number;
  readonly mountpoint: string | undefined;
  /** The snapshot it is a clone of. */
  readonly origin: string | undefined;
  readonly encryption: string;
  readonly keyStatus: string | undefined;
  readonly createdAt: string;
}

export interface Snapshot {
  readonly name: string;
  readonly guid: string;
  readonly used: number;
  readonly referenced: number;
  readonly createdAt: string;
  readonly holds: number;
  readonly clones: readonly string[];
}

/** `tank/data#before`; newer than a snapshot, it keeps the dataset from being rolled back to it. */
export interface Bookmark {
  readonly name: string;
  readonly guid: string;
  readonly createdAt: string;
}

export interface DatasetProperty {
  readonly dataset: string;
  readonly property: string;
  readonly value: string;
  readonly source: string;
}

const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
const some = (cell: string | undefined): string | undefined =>
  cell === undefined || cell === '-' || cell === '' ? undefined : cell;
const bytes = (cell: string | undefined): number => Number(some(cell) ?? 0);
const time = (cell: string | undefined): string => new Date(bytes(cell) * 1000).toISOString();

export const parsePools = (text: string): PoolSpace[] =>
  rows(text).map(([name = '', guid = '', size, allocated, free, fragmentation, capacity, health = '']) => ({
    name,
    guid,
    size: bytes(size),
    allocated: bytes(allocated),
    free: bytes(free),
    fragmentation: some(fragmentation) === undefined ? undefined : Number(fragmentation),
    capacity: bytes(capacity),
    health,
  }));

export const parseDatasets = (text: string): Dataset[] =>
  rows(text).map(
    ([
      name = '',
      guid = '',
      type,
      used,
      available,
      referenced,
      mountpoint,
      origin,
      encryption,
      keyStatus,
      creation,
    ]) => ({
      name,
      guid,
      type: type === 'volume' ? 'volume' : 'filesystem',
      used: bytes(used),
      available: bytes(available),
      referenced: bytes(referenced),
      mountpoint: some(mountpoint),
      origin: some(origin),
      encryption: some(encryption) ?? 'off',
      keyStatus: some(keyStatus),
      createdAt: time(creation),
    }),
  );

export const parseSnapshots = (text: string): Snapshot[] =>
  rows(text).map(([name = '', guid = '', used, referenced, creation, holds, clones]) => ({
    name,
    guid,
    used: bytes(used),
    referenced: bytes(referenced),
    createdAt: time(creation),
    holds: bytes(holds),
    clones: some(clones)?.split(',') ?? [],
  }));

export const parseBookmarks = (text: string): Bookmark[] =>
  rows(text).map(([name = '', guid = '', creation]) => ({ name, guid, createdAt: time(creation) }));

export const parseProperties = (text: string): DatasetProperty[] =>
  rows(text).map(([dataset = '', property = '', value = '', source = '']) => ({ dataset, property, value, source }));

/** Names of `zfs destroy -nvp`; a dependent clone comes twice, so each once. */
export const parseDestroyPreview = (text: string): string[] => [
  ...new Set(rows(text).flatMap(([verb, name]) => (verb === 'destroy' && name ? [name] : []))),
];

/** `by-id` name -> kernel name, from `ls -l /dev/disk/by-id`; partitions are left out. */
export function parseDiskNames(text: string): Map<string, string> {
  const links = [...text.matchAll(/ (\S+) -> \.\.\/\.\.\/(\S+)$/gm)];
  return new Map(links.flatMap(([, id = '', kernel = '']) => (/-part\d+$/.test(id) ? [] : [[id, kernel] as const])));
}

/** Lines without a tab (`dropped 3 events`) are no events. */
export const parseEvents = (text: string): { readonly at: string; readonly class: string }[] =>
  rows(text).flatMap(([at = '', name]) => (name === undefined ? [] : [{ at, class: name }]));
