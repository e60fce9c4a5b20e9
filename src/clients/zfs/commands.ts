import type { Argument, CommandSpec } from '../command/spec.ts';

const slot = (name: string, pattern: RegExp): Argument => ({ slot: name, pattern });
// Names as OpenZFS allows them, without the blank that only old pools have; no name starts with "-".
const COMPONENT = '[A-Za-z0-9_][A-Za-z0-9_.:-]*';
const DATASET = `[A-Za-z]${COMPONENT.slice('[A-Za-z0-9_]'.length)}(?:/${COMPONENT})*`;
const POOL = slot('pool', /[A-Za-z][A-Za-z0-9_.:-]*/);
const DATASET_SLOT = slot('dataset', new RegExp(DATASET));
const SNAPSHOT = slot('snapshot', new RegExp(`${DATASET}@${COMPONENT}`));
const GUID = slot('guid', /[0-9]{1,20}/);
const DISK = slot('disk', /\/dev\/disk\/by-id\/[A-Za-z0-9][A-Za-z0-9_.:+=@-]*/);
const TAG = slot('tag', /[a-z][a-z0-9_.:-]*/);
/**
 * Only properties that can be set back; what the guard refuses for good (dedup, sync=disabled ...) is not even here, and
 * neither are the properties by which other programs know what is theirs. */
const SETTING = slot(
  'setting',
  /(?:quota|refquota|reservation|refreservation)=(?:none|[0-9]{1,20})|compression=(?:on|off|lz4|zstd(?:-[0-9]{1,2})?)|atime=(?:on|off)|relatime=(?:on|off)|recordsize=[0-9]{3,8}|readonly=(?:on|off)|snapdir=(?:hidden|visible)|sync=(?:standard|always)|(?!democratic-csi:|openebs|zfs:|com\.sun:|syncoid:|zrepl:)[a-z][a-z0-9_.-]*:[a-z0-9_.:-]+=[A-Za-z0-9_.:+@-]+/,
);

const DATASET_COLUMNS = 'name,guid,type,used,available,referenced,mountpoint,origin,encryption,keystatus,creation';
const SNAPSHOT_COLUMNS = 'name,guid,used,referenced,creation,userrefs,clones';
const POOL_COLUMNS = 'name,guid,size,allocated,free,fragmentation,capacity,health';
/** Who owns a dataset, and what its person has said about it (`steward.dev:*`). */
const USER_PROPERTIES = [
  'democratic-csi:managed_resource',
  'democratic-csi:csi_volume_name',
  'openebs.io:volname',
  'steward.dev:accept',
  'steward.dev:accept-reason',
  'steward.dev:backup',
  'steward.dev:layout',
  'steward.dev:snapshot-hours',
].join(',');
const LSBLK = 'NAME,PATH,SERIAL,WWN,MODEL,SIZE,TYPE,MOUNTPOINTS,FSTYPE,PHY-SEC';

const read = (name: string, ...argv: Argument[]): CommandSpec => ({ name, argv, writes: false });
const write = (name: string, ...argv: Argument[]): CommandSpec => ({ name, argv, writes: true });

/** Every command that a ZFS host may be asked to run. Nothing here takes -f, -r, -R or -F, and no dataset is ever destroyed. */
export const zfsCommands: readonly CommandSpec[] = [
  read('version', 'zfs', 'version'),
  read('pool_kstat', 'cat', slot('kstat', /\/proc\/spl\/kstat\/zfs\/[A-Za-z][A-Za-z0-9_.:-]*\/state/)),
  read('arcstats', 'cat', '/proc/spl/kstat/zfs/arcstats'),
  read('memory', 'cat', '/proc/meminfo'),
  read('status_json', 'zpool', 'status', '-j', '-p', '-v', '-P', '-s'),
  read('status_text', 'zpool', 'status', '-v', '-P', '-p', '-s'),
  // Guids in the place of names: rows in the same order, for versions that have no JSON.
  read('status_guids', 'zpool', 'status', '-g', '-p', '-s'),
  read('pools', 'zpool', 'list', '-H', '-p', '-o', POOL_COLUMNS),
  read('events', 'zpool', 'events', '-H'),
  read('datasets', 'zfs', 'list', '-H', '-p', '-t', 'filesystem,volume', '-o', DATASET_COLUMNS),
  read('snapshots', 'zfs', 'list', '-H', '-p', '-t', 'snapshot', '-o', SNAPSHOT_COLUMNS),
  read(
    'snapshots_of',
    'zfs',
    'list',
    '-H',
    '-p',
    '-t',
    'snapshot',
    '-o',
    SNAPSHOT_COLUMNS,
    '-r',
    '-d',
    '1',
    DATASET_SLOT,
  ),
  read('bookmarks_of', ...'zfs list -H -p -t bookmark -o name,guid,creation -r -d 1'.split(' '), DATASET_SLOT),
  read(
    'user_properties',
    'zfs',
    'get',
    '-H',
    '-p',
    '-t',
    'filesystem,volume',
    '-s',
    'local',
    '-o',
    'name,property,value,source',
    USER_PROPERTIES,
  ),
  read('properties_of', 'zfs', 'get', '-H', '-p', '-o', 'name,property,value,source', 'all', DATASET_SLOT),
  read('holds', 'zfs', 'holds', '-H', SNAPSHOT),
  read('destroy_preview', 'zfs', 'destroy', '-n', '-v', '-p', SNAPSHOT),
  read('disks', 'lsblk', '-J', '-b', '-o', LSBLK),
  read('disk_names', 'ls', '-l', '/dev/disk/by-id'),
  read('smart', 'smartctl', '-j', '-a', DISK),

  write('scrub_start', 'zpool', 'scrub', POOL),
  write('scrub_pause', 'zpool', 'scrub', '-p', POOL),
  write('scrub_stop', 'zpool', 'scrub', '-s', POOL),
  write('disk_offline', 'zpool', 'offline', POOL, GUID),
  write('disk_online', 'zpool', 'online', POOL, GUID),
  write('disk_detach', 'zpool', 'detach', POOL, GUID),
  write('disk_replace', 'zpool', 'replace', POOL, GUID, DISK),
  write('disk_attach', 'zpool', 'attach', POOL, GUID, DISK),
  write('errors_clear', 'zpool', 'clear', POOL),
  write('snapshot_create', 'zfs', 'snapshot', SNAPSHOT),
  write('snapshot_hold', 'zfs', 'hold', TAG, SNAPSHOT),
  write('snapshot_release', 'zfs', 'release', TAG, SNAPSHOT),
  write('snapshot_destroy', 'zfs', 'destroy', SNAPSHOT),
  write('rollback', 'zfs', 'rollback', SNAPSHOT),
  write('dataset_create', 'zfs', 'create', DATASET_SLOT),
  write('property_set', 'zfs', 'set', SETTING, DATASET_SLOT),
];

/** The argument vector of a command with its slots filled in order; `matchCommand` checks them. */
export function argvOf(name: string, ...values: string[]): string[] {
  const spec = zfsCommands.find((one) => one.name === name);
  const rest = [...values];
  return (spec?.argv ?? []).map((argument) => (typeof argument === 'string' ? argument : (rest.shift() ?? '')));
}
