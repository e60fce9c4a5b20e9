import { done, type LabPool, leaves, refused, said, walk } from '../model.ts';
import { poolSpace } from '../space.ts';
import { isResilvering, poolState, works } from '../state.ts';
import { statusJson } from '../status-json.ts';
import { statusText } from '../status-text.ts';
import { newScan, startResilver } from '../work.ts';
import { type Call, onPool, type Program, type ZpoolOutcome } from './zpool-call.ts';
import { attach, detach, offline, online, replace } from './zpool-disks.ts';

export function zpool(argv: readonly string[], call: Call): ZpoolOutcome {
  const [verb = '', ...rest] = argv;
  const program = PROGRAMS[verb];
  if (program === undefined) return refused(`unrecognized command '${verb}'\nusage: zpool command args ...`, 2);
  return program(rest, call);
}

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
