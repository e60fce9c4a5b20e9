import acceptedByApi from './accepted-by-api.ts';
import backupCoverage from './backup-coverage.ts';
import clusterServices from './cluster-services.ts';
import type { AnyCheck } from './define.ts';
import etcdQuorum from './etcd-quorum.ts';
import etcdSnapshots from './etcd-snapshots.ts';
import foreignHands from './foreign-hands.ts';
import helmReleases from './helm-releases.ts';
import imageDowngrade from './image-downgrade.ts';
import imagePlatform from './image-platform.ts';
import irreversibleDelete from './irreversible-delete.ts';
import networkIsolation from './network-isolation.ts';
import nodeCondition from './node-condition.ts';
import podSecurityLevel from './pod-security-level.ts';
import proxmoxBackups from './proxmox-backups.ts';
import proxmoxDefinition from './proxmox-definition.ts';
import proxmoxDisks from './proxmox-disks.ts';
import proxmoxGuestConfig from './proxmox-guest-config.ts';
import proxmoxPlanned from './proxmox-planned.ts';
import proxmoxPower from './proxmox-power.ts';
import proxmoxQuorum from './proxmox-quorum.ts';
import proxmoxStorage from './proxmox-storage.ts';
import rollingOverlap from './rolling-overlap.ts';
import serviceEndpoints from './service-endpoints.ts';
import serviceSelector from './service-selector.ts';
import severedTraffic from './severed-traffic.ts';
import stuckVolumes from './stuck-volumes.ts';
import taintCapacity from './taint-capacity.ts';
import workloadHealth from './workload-health.ts';
import zfsHelperVdevs from './zfs-helper-vdevs.ts';
import zfsMemory from './zfs-memory.ts';
import zfsPlanned from './zfs-planned.ts';
import zfsPoolHealth from './zfs-pool-health.ts';
import zfsScrub from './zfs-scrub.ts';
import zfsSpace from './zfs-space.ts';

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
  nodeCondition,
  taintCapacity,
  imageDowngrade,
  helmReleases,
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
