import { expect, test } from 'vitest';
import { toolsets } from '../toolsets.ts';
import { zfsAlwaysRefused } from './always-refused.ts';

const isRefused = (name: string): boolean => zfsAlwaysRefused.some(({ pattern }) => pattern.test(name));

test.each([
  'zpool_add',
  'zfs_add_disk',
  'zpool_destroy',
  'zfs_destroy',
  'zfs_destroy_pool',
  'zfs_destroy_dataset',
  'zpool_remove',
  'zfs_remove_vdev',
  'zpool_labelclear',
  'zfs_wipe_disk',
  'zpool_import',
  'zpool_upgrade',
  'zfs_receive',
])('%s has no action, and its refusal says why', (name) => expect(isRefused(name)).toBe(true));

test('no action of ours looks like one that is always refused', () => {
  const names = toolsets.flatMap((set) => set.actions.map((action) => action.name));
  expect(names.filter(isRefused)).toEqual([]);
  for (const name of ['zfs_destroy_snapshots', 'zfs_attach', 'cluster_delete', 'zfs_replace'])
    expect(isRefused(name)).toBe(false);
});
