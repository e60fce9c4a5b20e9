/** What ZFS says about its pools, the same whether it came as JSON (OpenZFS >= 2.3) or as text. Guids are strings: they exceed 2^53. */

/** The classes of top-level vdevs. Only `normal`, `special` and `dedup` hold data that cannot be lost. */
export type VdevClass = 'normal' | 'special' | 'dedup' | 'log' | 'l2cache' | 'spare';

export interface ErrorCounts {
  readonly read: number;
  readonly write: number;
  readonly checksum: number;
}

export interface Vdev {
  readonly name: string;
  /** `disk`, `file`, `mirror`, `raidz`, `draid`, `dspare`, `spare`, `replacing`, `indirect`, `missing` ... */
  readonly type: string;
  /** Empty when the text form did not say. */
  readonly guid: string;
  readonly class: VdevClass;
  /** As ZFS prints it: `ONLINE`, `DEGRADED`, `FAULTED`, `OFFLINE`, `UNAVAIL`, `REMOVED`, `AVAIL`, `INUSE`. */
  readonly state: string;
  readonly path?: string;
  readonly devid?: string;
  readonly errors: ErrorCounts;
  readonly slowIos?: number;
  /** Why it is not ONLINE: `EXTERNAL`, `OPEN_FAILED`, `ERR_EXCEEDED` ... or the note of the text form. */
  readonly aux?: string;
  /** The path it had when it was last seen. */
  readonly was?: string;
  readonly removing?: boolean;
  readonly configuredAshift?: number;
  readonly physicalAshift?: number;
  readonly children: readonly Vdev[];
}

export interface Scan {
  readonly kind: 'scrub' | 'resilver' | 'error_scrub' | 'rebuild';
  readonly state: 'running' | 'paused' | 'finished' | 'canceled';
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Errors that could not be repaired; a scan that repaired much still says 0. */
  readonly errors: number;
  /** 0..1; only while it runs. */
  readonly progress?: number;
  readonly repairedBytes?: number;
}

/** Something long that is not a scan. */
export interface PoolWork {
  readonly kind: 'raidz_expansion' | 'removal' | 'checkpoint';
  readonly state: 'running' | 'finished' | 'exists';
  readonly progress?: number;
}

/** Files with permanent errors. `unlisted` = ZFS would not say which (suspended, no privilege). */
export type DataErrors =
  | { readonly state: 'listed'; readonly count: number; readonly names: readonly string[] }
  | { readonly state: 'unlisted'; readonly count: number | undefined; readonly reason: string };

export interface Pool {
  readonly name: string;
  readonly guid: string;
  /** Never health by itself: a pool that loses data can say ONLINE. */
  readonly state: string;
  /** `ZFS-8000-9P` ...; only the most urgent message is printed. */
  readonly msgid?: string;
  readonly status?: string;
  readonly action?: string;
  readonly scan?: Scan;
  readonly work: readonly PoolWork[];
  /** Top-level vdevs of every class. */
  readonly vdevs: readonly Vdev[];
  readonly dataErrors: DataErrors;
}

/** All vdevs, parents before children. */
export function* walkVdevs(vdevs: readonly Vdev[]): Generator<Vdev> {
  for (const vdev of vdevs) {
    yield vdev;
    yield* walkVdevs(vdev.children);
  }
}

export const isLeaf = ({ children }: Vdev): boolean => children.length === 0;
