import type { RefusedAction } from '../define.ts';

/** What no action does, whatever it is called: only a person at a shell may. Each with its rule and what to do instead. */
export const zfsAlwaysRefused: readonly RefusedAction[] = [
  {
    pattern: /^(?:zpool|zfs)_add(?:_|$)/,
    rule: 'a lone disk that is added to a pool of raidz or mirrors can never be taken out again, and losing it loses the pool',
    instead:
      'zfs_attach_disk gives a vdev one more disk; zfs_replace_disk puts a new disk in the place of a failed one.',
  },
  {
    pattern:
      /^(?:zpool|zfs)_(?:destroy|delete|remove)_?(?:pool|dataset|volume|filesystem|vdev)?$|^zpool_(?:destroy|remove)/,
    rule: 'pools, vdevs and datasets are destroyed by a person at a shell only',
    instead: 'zfs_destroy_snapshot takes one snapshot; claims and guests delete their own volumes.',
  },
  {
    pattern: /^(?:zpool|zfs)_(?:labelclear|label_clear|wipe|format|create_pool|initialize|init)/,
    rule: 'a label or a partition table that is cleared takes with it what was on the disk',
    instead: 'Use a disk that zfs_disks shows as FREE.',
  },
  {
    pattern: /^(?:zpool|zfs)_(?:import|export)/,
    rule: 'a forced import can make two writers of one pool or throw its last writes away',
    instead: 'A person looks at zpool import first.',
  },
  {
    pattern: /^(?:zpool|zfs)_upgrade/,
    rule: 'an upgraded boot pool may not boot any more, and no upgrade can be undone',
    instead: 'A person does it, with proxmox-boot-tool status at hand.',
  },
  {
    pattern: /^(?:zpool|zfs)_(?:recv|receive|send)/,
    rule: 'a forced receive destroys what is newer on the other side',
    instead: 'Leave replication to the tool that does it.',
  },
];
