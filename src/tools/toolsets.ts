import apply from './cluster/actions/apply.ts';
import cordon from './cluster/actions/cordon.ts';
import deleteObject from './cluster/actions/delete.ts';
import drain from './cluster/actions/drain.ts';
import label from './cluster/actions/label.ts';
import patch from './cluster/actions/patch.ts';
import restart from './cluster/actions/restart.ts';
import rollback from './cluster/actions/rollback.ts';
import scale from './cluster/actions/scale.ts';
import uncordon from './cluster/actions/uncordon.ts';
import diagnose from './cluster/diagnose.ts';
import events from './cluster/events.ts';
import get from './cluster/get.ts';
import list from './cluster/list.ts';
import logs from './cluster/logs.ts';
import overview from './cluster/overview.ts';
import type { AnyAction, Toolset } from './define.ts';
import addObservations from './graph/add-observations.ts';
import createEntities from './graph/create-entities.ts';
import createRelations from './graph/create-relations.ts';
import deleteEntities from './graph/delete-entities.ts';
import deleteObservations from './graph/delete-observations.ts';
import deleteRelations from './graph/delete-relations.ts';
import openNodes from './graph/open-nodes.ts';
import readGraph from './graph/read-graph.ts';
import searchNodes from './graph/search-nodes.ts';
import helmInstall from './helm/actions/install.ts';
import helmRepair from './helm/actions/repair.ts';
import helmRollback from './helm/actions/rollback.ts';
import helmUninstall from './helm/actions/uninstall.ts';
import helmUpgrade from './helm/actions/upgrade.ts';
import helmRelease from './helm/release.ts';
import helmReleases from './helm/releases.ts';
import lessonFeedback from './memory/lesson-feedback.ts';
import lessonRecord from './memory/lesson-record.ts';
import lessonsGraph from './memory/lessons-graph.ts';
import lessonsSearch from './memory/lessons-search.ts';
import applyPlan from './ops/apply-plan.ts';
import dependsOn from './ops/depends-on.ts';
import journalList from './ops/journal-list.ts';
import { planChange } from './ops/plan-change.ts';
import planShow from './ops/plan-show.ts';
import powerCycle from './power/cycle.ts';
import proxmoxCloneGuest from './proxmox/actions/clone-guest.ts';
import proxmoxConfigureGuest from './proxmox/actions/configure-guest.ts';
import proxmoxCreateGuest from './proxmox/actions/create-guest.ts';
import proxmoxCreateSnapshot from './proxmox/actions/create-snapshot.ts';
import proxmoxDeleteSnapshot from './proxmox/actions/delete-snapshot.ts';
import proxmoxDestroyGuest from './proxmox/actions/destroy-guest.ts';
import proxmoxEnterMaintenance from './proxmox/actions/enter-maintenance.ts';
import proxmoxExitMaintenance from './proxmox/actions/exit-maintenance.ts';
import proxmoxMigrateGuest from './proxmox/actions/migrate-guest.ts';
import proxmoxRebootGuest from './proxmox/actions/reboot-guest.ts';
import proxmoxRebootNode from './proxmox/actions/reboot-node.ts';
import proxmoxResetGuest from './proxmox/actions/reset-guest.ts';
import proxmoxRestoreBackup from './proxmox/actions/restore-backup.ts';
import proxmoxRollbackSnapshot from './proxmox/actions/rollback-snapshot.ts';
import proxmoxRunBackup from './proxmox/actions/run-backup.ts';
import proxmoxShutdownGuest from './proxmox/actions/shutdown-guest.ts';
import proxmoxStartGuest from './proxmox/actions/start-guest.ts';
import proxmoxStopGuest from './proxmox/actions/stop-guest.ts';
import { proxmoxAlwaysRefused } from './proxmox/always-refused.ts';
import proxmoxBackups from './proxmox/backups.ts';
import proxmoxGuest from './proxmox/guest.ts';
import proxmoxGuests from './proxmox/guests.ts';
import proxmoxOverview from './proxmox/overview.ts';
import proxmoxTasks from './proxmox/tasks.ts';
import zfsAttachDisk from './zfs/actions/attach-disk.ts';
import zfsClearErrors from './zfs/actions/clear-errors.ts';
import zfsCreateDataset from './zfs/actions/create-dataset.ts';
import zfsCreateSnapshot from './zfs/actions/create-snapshot.ts';
import zfsDestroySnapshot from './zfs/actions/destroy-snapshot.ts';
import zfsDetachDisk from './zfs/actions/detach-disk.ts';
import zfsHoldSnapshot from './zfs/actions/hold-snapshot.ts';
import zfsOfflineDisk from './zfs/actions/offline-disk.ts';
import zfsOnlineDisk from './zfs/actions/online-disk.ts';
import zfsReplaceDisk from './zfs/actions/replace-disk.ts';
import zfsRollback from './zfs/actions/rollback.ts';
import zfsScrub from './zfs/actions/scrub.ts';
import zfsSetProperty from './zfs/actions/set-property.ts';
import { zfsAlwaysRefused } from './zfs/always-refused.ts';
import zfsDatasets from './zfs/datasets.ts';
import zfsDisks from './zfs/disks.ts';
import zfsStatus from './zfs/status.ts';

const clusterActions: readonly AnyAction[] = [
  apply,
  patch,
  scale,
  restart,
  rollback,
  label,
  deleteObject,
  cordon,
  uncordon,
  drain,
];

const helmActions: readonly AnyAction[] = [helmInstall, helmUpgrade, helmRollback, helmUninstall, helmRepair];

const zfsActions: readonly AnyAction[] = [
  zfsScrub,
  zfsCreateSnapshot,
  zfsHoldSnapshot,
  zfsDestroySnapshot,
  zfsRollback,
  zfsCreateDataset,
  zfsSetProperty,
  zfsOfflineDisk,
  zfsOnlineDisk,
  zfsReplaceDisk,
  zfsAttachDisk,
  zfsDetachDisk,
  zfsClearErrors,
];

const proxmoxActions: readonly AnyAction[] = [
  proxmoxStartGuest,
  proxmoxShutdownGuest,
  proxmoxStopGuest,
  proxmoxRebootGuest,
  proxmoxResetGuest,
  proxmoxConfigureGuest,
  proxmoxCreateSnapshot,
  proxmoxDeleteSnapshot,
  proxmoxRollbackSnapshot,
  proxmoxCloneGuest,
  proxmoxCreateGuest,
  proxmoxMigrateGuest,
  proxmoxRunBackup,
  proxmoxRestoreBackup,
  proxmoxDestroyGuest,
  proxmoxEnterMaintenance,
  proxmoxExitMaintenance,
  proxmoxRebootNode,
];

/** One for each outside system, in the order of `tools/list`. Written by hand; a test compares them with the folders. */
const systemToolsets: readonly Toolset[] = [
  {
    name: 'cluster',
    title: 'Kubernetes',
    tools: [overview, list, get, diagnose, logs, events],
    actions: clusterActions,
  },
  { name: 'helm', title: 'Helm', tools: [helmReleases, helmRelease], actions: helmActions },
  {
    name: 'proxmox',
    title: 'Proxmox VE',
    tools: [proxmoxOverview, proxmoxGuests, proxmoxGuest, proxmoxTasks, proxmoxBackups],
    actions: proxmoxActions,
  },
  { name: 'power', title: 'Power', tools: [], actions: [powerCycle] },
  { name: 'zfs', title: 'ZFS', tools: [zfsStatus, zfsDatasets, zfsDisks], actions: zfsActions },
];

/** What is there whatever is configured; `plan_change` describes the actions of the systems that are. */
const ownToolsets = (actions: readonly AnyAction[]): readonly Toolset[] => [
  {
    name: 'ops',
    title: 'Changes',
    tools: [
      planChange(actions, [...zfsAlwaysRefused, ...proxmoxAlwaysRefused]),
      applyPlan,
      planShow,
      journalList,
      dependsOn,
    ],
    actions: [],
  },
  { name: 'memory', title: 'Lessons', tools: [lessonsSearch, lessonsGraph, lessonRecord, lessonFeedback], actions: [] },
];

/** What an agent can see when these systems are configured: a system that is not is neither listed nor callable. */
export function toolsetsFor(isConfigured: (system: string) => boolean): readonly Toolset[] {
  const present = systemToolsets.filter(({ name }) => isConfigured(name));
  return [...present, ...ownToolsets(present.flatMap(({ actions }) => actions))];
}

/** Everything there is. */
export const toolsets: readonly Toolset[] = toolsetsFor(() => true);

/** Listed only when asked for (`memory.graphTools`): what users of the reference memory server know. */
export const optionalToolsets: readonly Toolset[] = [
  {
    name: 'graph',
    title: 'Entities',
    tools: [
      createEntities,
      createRelations,
      addObservations,
      deleteEntities,
      deleteObservations,
      deleteRelations,
      readGraph,
      searchNodes,
      openNodes,
    ],
    actions: [],
  },
];
