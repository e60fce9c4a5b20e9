import * as z from 'zod';
import { StewardError } from '../../core/errors.ts';
import type { DataErrors, Pool, PoolWork, Scan, Vdev, VdevClass } from './model.ts';

const Count = z.coerce.number().int().nonnegative();

interface RawVdev {
  name: string;
  vdev_type: string;
  guid: string;
  class: string;
  state: string;
  path?: string | undefined;
  devid?: string | undefined;
  was?: string | undefined;
  aux?: string | undefined;
  not_present?: unknown;
  removing?: unknown;
  read_errors: number;
  write_errors: number;
  checksum_errors: number;
  slow_ios?: number | undefined;
  configured_ashift?: number | undefined;
  physical_ashift?: number | undefined;
  vdevs?: Record<string, RawVdev> | undefined;
}

const RawVdev: z.ZodType<RawVdev> = z.looseObject({
  name: z.string(),
  vdev_type: z.string(),
  guid: z.string().default(''),
  class: z.string().default('normal'),
  state: z.string(),
  path: z.string().optional(),
  devid: z.string().optional(),
  was: z.string().optional(),
  aux: z.string().optional(),
  read_errors: Count.default(0),
  write_errors: Count.default(0),
  checksum_errors: Count.default(0),
  slow_ios: Count.optional(),
  configured_ashift: Count.optional(),
  physical_ashift: Count.optional(),
  get vdevs() {
    return z.record(z.string(), RawVdev).optional();
  },
});
const Vdevs = z.record(z.string(), RawVdev).default({});

const RawScan = z.looseObject({
  function: z.string().default('NONE'),
  state: z.string().default('NONE'),
  start_time: Count.default(0),
  end_time: Count.default(0),
  to_examine: Count.default(0),
  skipped: Count.default(0),
  issued: Count.default(0),
  processed: Count.default(0),
  errors: Count.default(0),
  scrub_pause: Count.default(0),
  err_scrub_func: z.string().optional(),
  err_scrub_state: z.string().optional(),
  err_scrub_start_time: Count.default(0),
  err_scrub_end_time: Count.default(0),
});

const Work = z.looseObject({
  state: z.string(),
  to_reflow: Count.default(0),
  reflowed: Count.default(0),
  to_copy: Count.default(0),
  copied: Count.default(0),
});

const RawPool = z.looseObject({
  name: z.string(),
  state: z.string(),
  pool_guid: z.string(),
  status: z.string().optional(),
  action: z.string().optional(),
  msgid: z.string().optional(),
  scan_stats: RawScan.optional(),
  raidz_expand_stats: Work.optional(),
  removal_stats: Work.optional(),
  checkpoint_stats: Work.optional(),
  vdevs: Vdevs,
  dedup: Vdevs,
  special: Vdevs,
  logs: Vdevs,
  l2cache: Vdevs,
  spares: Vdevs,
  error_count: Count.optional(),
  // An array of names, or one sentence while the pool is suspended.
  errlist: z.union([z.array(z.string()), z.string()]).optional(),
});
type RawPool = z.output<typeof RawPool>;

const Status = z.looseObject({ pools: z.record(z.string(), RawPool) });

/** Parses `zpool status -j -p -v -P -s` (OpenZFS 2.3 and later). Errors: `target` `zfs_output`. */
export function parseStatusJson(text: string): Pool[] {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw unreadable(error);
  }
  const parsed = Status.safeParse(raw);
  if (!parsed.success) throw unreadable(parsed.error);
  return Object.values(parsed.data.pools).map(poolOf);
}

const unreadable = (cause: unknown): StewardError =>
  new StewardError('Unable to read the output of zpool status: it has a form that is not known.', {
    kind: 'target',
    code: 'zfs_output',
    hint: 'Report the OpenZFS version (`zfs version`); nothing was changed.',
    cause,
  });

function poolOf(raw: RawPool): Pool {
  const root = Object.values(raw.vdevs)[0];
  const groups = [root?.vdevs ?? {}, raw.special, raw.dedup, raw.logs, raw.l2cache, raw.spares];
  const scan = raw.scan_stats && scanOf(raw.scan_stats);
  return {
    name: raw.name,
    guid: raw.pool_guid,
    state: raw.state,
    ...(raw.msgid && { msgid: raw.msgid }),
    ...(raw.status && { status: oneLine(raw.status) }),
    ...(raw.action && { action: oneLine(raw.action) }),
    ...(scan && { scan }),
    work: workOf(raw),
    vdevs: groups.flatMap((group) => Object.values(group).map((vdev) => vdevOf(vdev))),
    dataErrors: errorsOf(raw),
  };
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Enum names of the kernel that `zpool status` prints otherwise. */
const STATES: Readonly<Record<string, string>> = { CANT_OPEN: 'UNAVAIL', CLOSED: 'UNAVAIL' };
const CLASSES: Readonly<Record<string, VdevClass>> = {
  normal: 'normal',
  special: 'special',
  dedup: 'dedup',
  log: 'log',
  l2cache: 'l2cache',
  cache: 'l2cache',
  spare: 'spare',
};

/** A spare at work stands in the tree as class `spare`; what counts there is the class of the vdev it serves. */
function vdevOf(raw: RawVdev, parent?: VdevClass): Vdev {
  const group = parent ?? CLASSES[raw.class] ?? 'normal';
  return {
    name: raw.name,
    type: raw.vdev_type,
    guid: raw.guid,
    class: group,
    state: STATES[raw.state] ?? raw.state,
    errors: { read: raw.read_errors, write: raw.write_errors, checksum: raw.checksum_errors },
    ...optional(raw),
    children: Object.values(raw.vdevs ?? {}).map((child) => vdevOf(child, group)),
  };
}

function optional(raw: RawVdev): Partial<Vdev> {
  const { path, devid, aux, was, slow_ios, configured_ashift, physical_ashift } = raw;
  const all = {
    path,
    devid,
    aux,
    was,
    slowIos: slow_ios,
    configuredAshift: configured_ashift,
    physicalAshift: physical_ashift,
    removing: raw.removing === undefined ? undefined : true,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const time = (seconds: number): string | undefined =>
  seconds === 0 ? undefined : new Date(seconds * 1000).toISOString();

function scanOf(raw: z.output<typeof RawScan>): Scan | undefined {
  // An error scrub leaves the figures of the last scrub in place and has its own beside them.
  if (raw.err_scrub_func && raw.err_scrub_state && raw.err_scrub_start_time > raw.start_time)
    return times(
      { kind: 'error_scrub', state: stateOf(raw.err_scrub_state, 0), errors: 0 },
      raw.err_scrub_start_time,
      raw.err_scrub_end_time,
    );
  const kind = { SCRUB: 'scrub', RESILVER: 'resilver', ERRORSCRUB: 'error_scrub' }[raw.function];
  if (kind !== 'scrub' && kind !== 'resilver' && kind !== 'error_scrub') return undefined;
  const state = stateOf(raw.state, raw.scrub_pause);
  const total = raw.to_examine - raw.skipped;
  const scan: Scan = {
    kind,
    state,
    errors: raw.errors,
    repairedBytes: raw.processed,
    // `examined` runs far ahead of the work; it may pass the end a little.
    ...(state === 'running' && total > 0 && { progress: Math.min(1, raw.issued / total) }),
  };
  return times(scan, raw.start_time, raw.end_time);
}

function stateOf(state: string, pausedAt: number): Scan['state'] {
  if (state === 'FINISHED') return 'finished';
  if (state === 'CANCELED') return 'canceled';
  return pausedAt === 0 ? 'running' : 'paused';
}

function times(scan: Scan, start: number, end: number): Scan {
  const [startedAt, endedAt] = [time(start), time(end)];
  const over = scan.state === 'finished' || scan.state === 'canceled';
  return { ...scan, ...(startedAt && { startedAt }), ...(over && endedAt && { endedAt }) };
}

function workOf({
  raidz_expand_stats: expand,
  removal_stats: removal,
  checkpoint_stats: checkpoint,
}: RawPool): PoolWork[] {
  const work: PoolWork[] = [];
  if (expand) work.push(progressOf('raidz_expansion', expand.state, expand.reflowed, expand.to_reflow));
  if (removal) work.push(progressOf('removal', removal.state, removal.copied, removal.to_copy));
  if (checkpoint) work.push({ kind: 'checkpoint', state: 'exists' });
  return work;
}

const progressOf = (kind: PoolWork['kind'], state: string, done: number, total: number): PoolWork =>
  state === 'FINISHED' || state === 'CANCELED'
    ? { kind, state: 'finished' }
    : { kind, state: 'running', ...(total > 0 && { progress: Math.min(1, done / total) }) };

function errorsOf({ error_count: count, errlist }: RawPool): DataErrors {
  if (count === undefined) return { state: 'unlisted', count: undefined, reason: 'zpool status did not say' };
  if (typeof errlist === 'string') return { state: 'unlisted', count, reason: errlist };
  return { state: 'listed', count, names: errlist ?? [] };
}
