import {
  type CommandOutcome,
  done,
  isLeaf,
  type LabDisk,
  type LabHostState,
  type LabPool,
  type LabVdev,
  leafOn,
  leaves,
  pathOf,
  refused,
  rowOf,
  said,
  walk,
} from '../model.ts';
import { poolSpace } from '../space.ts';
import { isResilvering, poolState, rootState, works } from '../state.ts';
import { shortName, statusJson } from '../status-json.ts';
import { statusText } from '../status-text.ts';
import { findLeaf, newScan, startResilver, substitute } from '../work.ts';

/** `zpool`, as far as the product may use it. `hang` = it waits for the pool to come back, as the real one does. */
export type ZpoolOutcome = CommandOutcome | 'hang';

interface Call {
  readonly host: LabHostState;
  readonly nowMs: number;
}

export function zpool(argv: readonly string[], call: Call): ZpoolOutcome {
  const [verb = '', ...rest] = argv;
  const program = PROGRAMS[verb];
  if (program === undefined) return refused(`unrecognized command '${verb}'\nusage: zpool command args ...`, 2);
  return program(rest, call);
}

type Program = (argv: readonly string[], call: Call) => ZpoolOutcome;

const status: Program = (argv, { host, nowMs }) => {
  const text = argv.join(' ');
  if (text === '-j -p -v -P -s') {
    const [major = 0, minor = 0] = host.version.split('.').map(Number);
    if (major < 2 || (major === 2 && minor < 3)) return refused("invalid option 'j'\nusage:\n\tstatus ...", 2);
    return said(statusJson(host, nowMs));
  }
  const isByGuid = text === '-g -p -s';
  if (text !== '-v -P -p -s' && !isByGuid) return refused('invalid option\nusage:\n\tstatus ...', 2);
  const suspended = [...host.pools.values()].some((pool) => pool.suspended && pool.dataErrors.length > 0);
  const stderr = suspended ? 'errors: List of errors unavailable: pool I/O is currently suspended\n' : '';
  return { exitCode: 0, stdout: statusText(host, nowMs, isByGuid), stderr };
};

const list: Program = (argv, { host }) => {
  const [h, p, o, columns] = argv;
  if (h !== '-H' || p !== '-p' || o !== '-o' || columns === undefined) return refused('usage:\n\tlist ...', 2);
  return said(
    [...host.pools.values()]
      .map(
        (pool) =>
          `${columns
            .split(',')
            .map((column) => columnOf(pool, column))
            .join('\t')}\n`,
      )
      .join(''),
  );
};

function columnOf(pool: LabPool, column: string): string {
  const { size, allocated, free } = poolSpace(pool);
  const columns: Readonly<Record<string, string | number>> = {
    name: pool.name,
    guid: pool.guid,
    size,
    allocated,
    free,
    fragmentation: pool.fragmentation,
    capacity: Math.floor((allocated * 100) / size),
    health: poolState(pool),
  };
  return String(columns[column] ?? '-');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const events: Program = (_argv, { host }) =>
  said(
    host.events
      .map(({ atMs, class: name }) => {
        const at = new Date(atMs);
        const [date, time] = [at.toISOString().slice(8, 10), at.toISOString().slice(11, 23)];
        return `${MONTHS[at.getUTCMonth()] ?? ''} ${date} ${at.getUTCFullYear()} ${time}000000\t${name}\n`;
      })
      .join(''),
  );

/** Every write begins so: the pool must be there, and a suspended one lets the command wait. */
const onPool =
  (write: (pool: LabPool, rest: readonly string[], call: Call) => ZpoolOutcome): Program =>
  ([name = '', ...rest], call) => {
    const pool = call.host.pools.get(name);
    if (pool === undefined) return refused(`cannot open '${name}': no such pool`);
    if (pool.suspended) return 'hang';
    pool.txg++;
    return write(pool, rest, call);
  };

const scrub: Program = (argv, call) => {
  const [flag] = argv;
  const mode = flag === '-p' ? pauseScrub : flag === '-s' ? stopScrub : startScrub;
  return onPool(mode)(flag?.startsWith('-') ? argv.slice(1) : argv, call);
};

const isScrubbing = ({ scan }: LabPool): boolean => scan?.kind === 'SCRUB' && scan.state === 'SCANNING';

function startScrub(pool: LabPool, _rest: readonly string[], { host, nowMs }: Call): ZpoolOutcome {
  const { scan } = pool;
  if (isResilvering(pool)) return refused(`cannot scrub ${pool.name}: currently resilvering`);
  if (scan && isScrubbing(pool)) {
    if (scan.pausedAtMs === 0)
      return refused(`cannot scrub ${pool.name}: currently scrubbing; use 'zpool scrub -s' to cancel scrub`);
    scan.spentPausedMs += nowMs - scan.pausedAtMs;
    scan.pausedAtMs = 0;
    return done;
  }
  pool.scan = newScan('SCRUB', host, pool, nowMs);
  host.events.push({ atMs: nowMs, class: 'sysevent.fs.zfs.scrub_start' });
  return done;
}

function pauseScrub({ name, scan }: LabPool, _rest: readonly string[], { nowMs }: Call): ZpoolOutcome {
  if (scan?.kind !== 'SCRUB' || scan.state !== 'SCANNING')
    return refused(`cannot pause scrubbing ${name}: there is no active scrub`);
  if (scan.pausedAtMs > 0) return refused(`cannot pause scrubbing ${name}: scrub is paused`);
  scan.pausedAtMs = nowMs;
  return done;
}

function stopScrub({ name, scan }: LabPool, _rest: readonly string[], { nowMs }: Call): ZpoolOutcome {
  if (scan?.kind !== 'SCRUB' || scan.state !== 'SCANNING')
    return refused(`cannot cancel scrubbing ${name}: there is no active scrub`);
  scan.state = 'CANCELED';
  scan.endMs = nowMs;
  scan.pausedAtMs = 0;
  return done;
}

const offline = onPool((pool, [guid = ''], { host, nowMs }) => {
  const leaf = findLeaf(pool, guid);
  if (leaf === undefined || !isLeaf(leaf)) return refused(`cannot offline ${guid}: no such device in pool`);
  const before = leaf.condition;
  leaf.condition = 'offline';
  if (rootState(pool) === 'CANT_OPEN') {
    leaf.condition = before;
    return refused(`cannot offline ${shortName(leaf)}: no valid replicas`);
  }
  host.events.push({ atMs: nowMs, class: 'resource.fs.zfs.statechange' });
  return done;
});

const online = onPool((pool, [guid = ''], { host, nowMs }) => {
  const leaf = findLeaf(pool, guid);
  if (leaf === undefined || !isLeaf(leaf)) return refused(`cannot online ${guid}: no such device in pool`);
  if (!leaf.disk?.present)
    return said(
      `warning: device '${shortName(leaf)}' onlined, but remains in faulted state\nuse 'zpool replace' to replace devices that are no longer present\n`,
    );
  const wasAway = leaf.condition !== 'ok';
  leaf.condition = 'ok';
  leaf.aux = undefined;
  if (wasAway) startResilver(host, pool, nowMs);
  return done;
});

/** The checks of `zpool replace` and `attach` before anything is written to the new disk. */
function usable(host: LabHostState, path: string): LabDisk | CommandOutcome {
  const disk = host.disks.find((one) => one.present && pathOf(one) === path);
  if (disk === undefined) return refused(`cannot resolve path '${path}'`, 255);
  const inPool = [...host.pools.values()].some((pool) => leaves(pool.vdevs).some((leaf) => leaf.disk === disk));
  if (inPool || disk.holds !== undefined || disk.mount !== undefined)
    return refused(`${path} is in use and contains a unknown filesystem.`);
  return disk;
}

const replace = onPool((pool, [guid = '', path = ''], { host, nowMs }) => {
  const old = findLeaf(pool, guid);
  const disk = usable(host, path);
  if ('exitCode' in disk) return disk;
  if (old === undefined || !isLeaf(old)) return refused(`cannot replace ${guid} with ${path}: no such device in pool`);
  const reason = whyNot(pool, old, disk);
  if (reason !== undefined) return refused(`cannot replace ${shortName(old)} with ${path}: ${reason}`);
  disk.holds = 'zfs_member';
  const fresh = leafOn(disk, old.class);
  if (old.class === 'l2cache' || old.class === 'spare') {
    substitute(pool, old, fresh);
    return done;
  }
  const index = parentOf(pool, old)?.children.indexOf(old) ?? pool.vdevs.indexOf(old);
  substitute(pool, old, rowOf('replacing', `replacing-${index}`, old.class, [old, fresh]));
  startResilver(host, pool, nowMs);
  return done;
});

function whyNot(pool: LabPool, old: LabVdev, disk: LabDisk): string | undefined {
  if (disk.sizeBytes < (old.disk?.sizeBytes ?? 0)) return 'device is too small';
  return parentOf(pool, old)?.type === 'replacing'
    ? "already in replacing/spare config; wait for completion or use 'zpool detach'"
    : undefined;
}

const parentOf = (pool: LabPool, vdev: LabVdev): LabVdev | undefined =>
  [...walk(pool.vdevs)].find(({ children }) => children.includes(vdev));
const attach = onPool((pool, [guid = '', path = ''], { host, nowMs }) => {
  const vdev = findLeaf(pool, guid);
  const disk = usable(host, path);
  if ('exitCode' in disk) return disk;
  if (vdev === undefined) return refused(`cannot attach ${path} to ${guid}: no such device in pool`);
  if (pool.expansion) return refused(`cannot attach ${path} to ${shortName(vdev)}: raidz expansion in progress`, 255);
  if (parentOf(pool, vdev)?.type === 'raidz')
    return refused(`cannot attach ${path} to ${shortName(vdev)}: can only attach to mirrors and top-level disks`);
  disk.holds = 'zfs_member';
  const fresh = leafOn(disk, vdev.class);
  if (vdev.type === 'raidz') {
    vdev.children.push(fresh);
    pool.expansion = { vdev, startMs: nowMs, durationMs: host.scanMs };
    return done;
  }
  mirrorWith(pool, vdev, fresh);
  startResilver(host, pool, nowMs);
  return done;
});

/** One more side of a mirror, or the second one of a disk that stood alone. */
function mirrorWith(pool: LabPool, vdev: LabVdev, fresh: LabVdev): void {
  const mirror = vdev.type === 'mirror' ? vdev : parentOf(pool, vdev);
  if (mirror?.type === 'mirror') mirror.children.push(fresh);
  else substitute(pool, vdev, rowOf('mirror', `mirror-${pool.vdevs.indexOf(vdev)}`, vdev.class, [vdev, fresh]));
}

const detach = onPool((pool, [guid = '']) => {
  const leaf = findLeaf(pool, guid);
  if (leaf === undefined || !isLeaf(leaf)) return refused(`cannot detach ${guid}: no such device in pool`);
  const row = parentOf(pool, leaf);
  if (row === undefined || (row.type !== 'mirror' && row.type !== 'replacing' && row.type !== 'spare'))
    return refused(`cannot detach ${shortName(leaf)}: only applicable to mirror and replacing vdevs`);
  const rest = row.children.filter((child) => child !== leaf);
  if (!rest.some(works)) return refused(`cannot detach ${shortName(leaf)}: no valid replicas`);
  if (leaf.disk) leaf.disk.holds = undefined;
  const [only] = rest;
  if (rest.length === 1 && only !== undefined) substitute(pool, row, only);
  else row.children = rest;
  return done;
});

const clear: Program = ([name = ''], { host, nowMs }) => {
  const pool = host.pools.get(name);
  if (pool === undefined) return refused(`cannot open '${name}': no such pool`);
  const all = leaves(pool.vdevs);
  if (pool.suspended && all.some(({ disk }) => disk?.present === false)) return 'hang';
  pool.suspended = false;
  pool.dataErrors = [];
  const wasAway = all.filter((leaf) => leaf.condition === 'faulted' && leaf.disk?.present);
  for (const vdev of walk(pool.vdevs)) vdev.errors = { read: 0, write: 0, checksum: 0 };
  for (const leaf of wasAway) {
    leaf.condition = 'ok';
    leaf.aux = undefined;
  }
  if (wasAway.length > 0 && all.every(works)) startResilver(host, pool, nowMs);
  host.events.push({ atMs: nowMs, class: 'resource.fs.zfs.statechange' });
  return done;
};

const PROGRAMS: Readonly<Record<string, Program>> = {
  status,
  list,
  events,
  scrub,
  offline,
  online,
  replace,
  attach,
  detach,
  clear,
};
