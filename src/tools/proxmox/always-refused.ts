import type { RefusedAction } from '../define.ts';

/** What no action does to Proxmox, whatever it is called: only a person at a shell may. Each with its rule and what to do instead. */
export const proxmoxAlwaysRefused: readonly RefusedAction[] = [
  {
    pattern: /^(?:proxmox|pve)_(?:wipe_?disk|init_?gpt|initialize_disk|format)/,
    rule: 'a disk that is wiped or partitioned anew takes with it what was on it',
    instead: 'zfs_replace_disk puts a free disk into a pool; depends_on says what hangs on a disk.',
  },
  {
    pattern: /^(?:proxmox|pve)_(?:create|delete|destroy|remove)_(?:zfs|zpool|pool|lvm|lvmthin|directory|storage)/,
    rule: 'storages are made and removed by a person at a shell only',
    instead: 'proxmox_migrate_guest moves a guest to a storage that is there.',
  },
  {
    pattern:
      /^(?:proxmox|pve|pvecm)_(?:join|leave|add_node|remove_node|delete_node|expected|set_expected|cluster_(?:join|leave|reset))/,
    rule: 'members and votes of a cluster are a matter for a person: a lowered quorum makes two clusters of one',
    instead: 'Bring hosts back until there are enough votes.',
  },
  {
    pattern: /^(?:proxmox|pve)_(?:disarm|ha_disarm|disable_ha)/,
    rule: 'without high availability nothing brings a guest back',
    instead: 'proxmox_enter_maintenance moves the guests of one host away.',
  },
  {
    pattern: /^(?:proxmox|pve)_(?:unlock|skip_?lock|force)/,
    rule: 'a lock stands for a task at work, and going around it breaks the guest or the task',
    instead: 'Wait for the task (proxmox_tasks).',
  },
  {
    pattern: /^(?:proxmox|pve)_(?:bulk|all_guests|stop_all|start_all|shutdown_all|destroy_all)/,
    rule: 'one guest is one target',
    instead: 'Plan each guest by itself.',
  },
  {
    pattern: /^(?:proxmox|pve)_(?:exec|execute|run_command|guest_exec|shell|ssh)/,
    rule: 'free commands in guests and on hosts cannot be judged before they run',
    instead: 'Ask for the change itself: every action says what it does.',
  },
  {
    pattern: /^(?:proxmox|pve)_(?:restore_over|overwrite|restore_in_place)/,
    rule: 'a restore over a guest destroys the guest first',
    instead: 'proxmox_restore_backup makes a new guest beside it.',
  },
  {
    pattern: /^(?:etcd|k3s)_(?:cluster_reset|reset|restore)/,
    rule: 'a cluster reset makes one server the truth and throws the others away',
    instead: 'Bring back the voters that are away, one at a time.',
  },
  {
    pattern: /^(?:power|kasa|outlet)_(?:off|strip|all|toggle|on)/,
    rule: 'an outlet is never just switched off, and never more than one',
    instead: 'power_cycle of one host, when it is dead.',
  },
];
