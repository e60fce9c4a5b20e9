import {
  type CommandOutcome,
  type LabDataset,
  type LabHostState,
  type LabPool,
  type LabSnapshot,
  refused,
} from '../model.ts';

/** What a name stands for, or how `zfs` says that it cannot have it. */
export interface Call {
  readonly host: LabHostState;
  readonly nowMs: number;
}
export type Program = (argv: readonly string[], call: Call) => CommandOutcome;

export const poolOf = (host: LabHostState, name: string): LabPool | undefined =>
  host.pools.get(name.split(/[/@]/)[0] ?? '');
export const SUSPENDED = 'pool I/O is currently suspended';
export const missing = (name: string): CommandOutcome => refused(`cannot open '${name}': dataset does not exist`);

/** A dataset by name, or how the tool says that it cannot have it. */
export function find(host: LabHostState, name: string): { pool: LabPool; dataset: LabDataset } | CommandOutcome {
  const pool = poolOf(host, name);
  const dataset = pool?.datasets.get(name);
  if (pool?.suspended) return refused(`cannot open '${name}': ${SUSPENDED}`);
  return pool && dataset ? { pool, dataset } : missing(name);
}

export interface Found {
  readonly pool: LabPool;
  readonly dataset: LabDataset;
  readonly snapshot: LabSnapshot;
  readonly short: string;
}

export function findSnapshot(
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
