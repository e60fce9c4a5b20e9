import type { Clock } from '../../core/clock.ts';
import type { HostFacts } from './facts.ts';
import { breakDisk, type DiskFault, makeHost, suspend } from './make.ts';
import {
  type CommandOutcome,
  guidOf,
  type LabDisk,
  type LabHostState,
  type LabPool,
  leaves,
  refused,
} from './model.ts';
import { cat, ls, lsblk, smartctl } from './programs/system.ts';
import { zfs } from './programs/zfs.ts';
import { zpool } from './programs/zpool.ts';
import { catchUp } from './work.ts';

/** A volume that a CSI driver of the lab's cluster has made on this host. */
export interface LabVolume {
  readonly driver: string;
  readonly handle: string;
  readonly sizeBytes: number;
}

export interface ZfsLabHost {
  readonly name: string;
  readonly state: LabHostState;
  /** Answers one command; `hang` = it never does, until the pool is back. */
  run(argv: readonly string[]): CommandOutcome | 'hang';
  /** Something happens to a disk, by its serial number. */
  break(serial: string, fault: DiskFault): void;
  /** A pulled disk is back, or another one was put in. */
  insert(serial: string): void;
  /** Blocks on this disk are damaged; only a scrub finds out. */
  damage(serial: string, blocks: number): void;
  suspend(pool: string): void;
}

/** A host with ZFS in this process. `volumes` tells what the cluster's CSI drivers have made so far. */
export function createZfsHost(
  name: string,
  facts: HostFacts,
  { clock, volumes = () => [] }: { readonly clock: Clock; readonly volumes?: () => readonly LabVolume[] },
): ZfsLabHost {
  const now = (): number => +clock.now();
  const state = makeHost(name, facts, now());
  const homes = Object.entries(facts.pools).flatMap(([pool, { csi }]) => (csi ? [{ pool, ...csi }] : []));
  const diskOf = (serial: string): LabDisk => {
    const disk = state.disks.find((one) => one.serial === serial);
    if (disk === undefined) throw new Error(`the host has no disk ${serial}`);
    return disk;
  };
  return {
    name,
    state,
    run(argv) {
      for (const { pool, driver, parent } of homes)
        placeVolumes(
          state.pools.get(pool),
          `${pool}/${parent}`,
          volumes().filter((one) => one.driver === driver),
          now(),
        );
      catchUp(state, now());
      return dispatch(argv, state, now());
    },
    break: (serial, fault) => breakDisk(state, diskOf(serial), fault),
    insert(serial) {
      diskOf(serial).present = true;
    },
    damage(serial, blocks) {
      const disk = diskOf(serial);
      for (const pool of state.pools.values())
        for (const leaf of leaves(pool.vdevs)) if (leaf.disk === disk) leaf.latent = blocks;
    },
    suspend(pool) {
      const found = state.pools.get(pool);
      if (found) suspend(found);
    },
  };
}

function dispatch(argv: readonly string[], host: LabHostState, nowMs: number): CommandOutcome | 'hang' {
  const [program = '', ...rest] = argv;
  switch (program) {
    case 'zpool':
      return zpool(rest, { host, nowMs });
    case 'zfs':
      return zfs(rest, { host, nowMs });
    case 'cat':
      return cat(rest, host);
    case 'lsblk':
      return lsblk(rest, host);
    case 'ls':
      return ls(rest, host);
    case 'smartctl':
      return smartctl(rest, host);
    default:
      return refused(`sh: 1: ${program}: not found`, 127);
  }
}

/** A dataset for every volume that the driver has made, none for those it has deleted. */
function placeVolumes(pool: LabPool | undefined, parent: string, wanted: readonly LabVolume[], nowMs: number): void {
  if (pool === undefined || pool.suspended) return;
  const names = new Set(wanted.map(({ handle }) => `${parent}/${handle}`));
  for (const name of pool.datasets.keys())
    if (name.startsWith(`${parent}/pvc-`) && !names.has(name)) pool.datasets.delete(name);
  for (const { handle, sizeBytes } of wanted) {
    const name = `${parent}/${handle}`;
    if (pool.datasets.has(name)) continue;
    pool.datasets.set(name, {
      name,
      guid: guidOf(`dataset ${pool.guid} ${name}`),
      type: 'filesystem',
      createdMs: nowMs,
      referenced: Math.round(sizeBytes * 0.3),
      origin: undefined,
      mountpoint: `/${name}`,
      properties: new Map([
        ['democratic-csi:managed_resource', 'true'],
        ['democratic-csi:csi_volume_name', handle],
        ['quota', String(sizeBytes)],
      ]),
      snapshots: new Map(),
      bookmarks: new Map(),
    });
  }
}
