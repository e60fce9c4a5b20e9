import backupCoverage from './backup/coverage.ts';
import type { AnyCheck } from './define.ts';
import etcdQuorum from './etcd/quorum.ts';
import etcdSnapshots from './etcd/snapshots.ts';
import helmReleases from './helm/releases.ts';
import acceptedByApi from './kubernetes/accepted-by-api.ts';
import clusterServices from './kubernetes/cluster-services.ts';
import cronJobs from './kubernetes/cron-jobs.ts';
import foreignHands from './kubernetes/foreign-hands.ts';
import imageDowngrade from './kubernetes/images/image-downgrade.ts';
import imagePlatform from './kubernetes/images/image-platform.ts';
import irreversibleDelete from './kubernetes/irreversible-delete.ts';
import networkIsolation from './kubernetes/network/network-isolation.ts';
import serviceEndpoints from './kubernetes/network/service-endpoints.ts';
import serviceSelector from './kubernetes/network/service-selector.ts';
import severedTraffic from './kubernetes/network/severed-traffic.ts';
import nodeCondition from './kubernetes/node-condition.ts';
import podSecurityLevel from './kubernetes/pod-security-level.ts';
import rollingOverlap from './kubernetes/rolling-overlap.ts';
import stuckVolumes from './kubernetes/stuck-volumes.ts';
import taintCapacity from './kubernetes/taint-capacity.ts';
import workloadHealth from './kubernetes/workload-health.ts';
import longhornBackups from './longhorn/backups.ts';
import longhornLastReplica from './longhorn/last-replica.ts';
import longhornUpkeep from './longhorn/upkeep.ts';
import longhornVolumeHealth from './longhorn/volume-health.ts';
import longhornYoungNode from './longhorn/young-node.ts';
import proxmoxBackups from './proxmox/backups.ts';
import proxmoxDefinition from './proxmox/definition.ts';
import proxmoxDisks from './proxmox/disks.ts';
import proxmoxGuestConfig from './proxmox/guest-config.ts';
import proxmoxPlanned from './proxmox/planned.ts';
import proxmoxPower from './proxmox/power.ts';
import proxmoxQuorum from './proxmox/quorum.ts';
import proxmoxStorage from './proxmox/storage.ts';
import zfsHelperVdevs from './zfs/helper-vdevs.ts';
import zfsMemory from './zfs/memory.ts';
import zfsPlanned from './zfs/planned.ts';
import zfsPoolHealth from './zfs/pool-health.ts';
import zfsScrub from './zfs/scrub.ts';
import zfsSpace from './zfs/space.ts';

/** Every check, by id. A new one is a new file and a line here. */
export const checks: readonly AnyCheck[] = [
  serviceSelector,
  serviceEndpoints,
  podSecurityLevel,
  workloadHealth,
  imagePlatform,
  clusterServices,
  stuckVolumes,
  rollingOverlap,
  acceptedByApi,
  irreversibleDelete,
  foreignHands,
  networkIsolation,
  severedTraffic,
  cronJobs,
  nodeCondition,
  taintCapacity,
  imageDowngrade,
  helmReleases,
  longhornVolumeHealth,
  longhornBackups,
  longhornUpkeep,
  longhornLastReplica,
  longhornYoungNode,
  zfsPoolHealth,
  zfsScrub,
  zfsHelperVdevs,
  zfsSpace,
  zfsMemory,
  zfsPlanned,
  proxmoxQuorum,
  proxmoxPower,
  proxmoxBackups,
  proxmoxStorage,
  proxmoxDisks,
  proxmoxGuestConfig,
  proxmoxDefinition,
  proxmoxPlanned,
  etcdQuorum,
  etcdSnapshots,
  backupCoverage,
];
