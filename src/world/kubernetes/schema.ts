import * as cluster from './cluster.ts';
import { Anything } from './meta.ts';
import * as network from './network.ts';
import { Pod } from './pod.ts';
import * as storage from './storage.ts';
import * as workloads from './workloads.ts';

/**
 * Part name -> schema of one object. Kubernetes parts are named after the plural resource in camelCase.
 * Loose on purpose: fields we do not read pass through, fields that checks read are checked, absent lists become empty.
 * Secrets and ConfigMaps are no parts: their data never enters the world.
 */
export const schemas = {
  namespaces: Anything,
  nodes: cluster.Node,
  pods: Pod,
  deployments: workloads.Deployment,
  replicaSets: workloads.ReplicaSet,
  statefulSets: workloads.StatefulSet,
  daemonSets: workloads.DaemonSet,
  jobs: workloads.Job,
  cronJobs: workloads.CronJob,
  services: network.Service,
  endpointSlices: network.EndpointSlice,
  ingresses: network.Ingress,
  networkPolicies: network.NetworkPolicy,
  podDisruptionBudgets: cluster.PodDisruptionBudget,
  persistentVolumeClaims: storage.PersistentVolumeClaim,
  persistentVolumes: storage.PersistentVolume,
  storageClasses: storage.StorageClass,
  volumeAttachments: storage.VolumeAttachment,
  csiNodes: storage.CsiNode,
  events: cluster.Event,
  /** Of k3s with embedded etcd; absent elsewhere. */
  etcdSnapshots: cluster.EtcdSnapshot,
  /** Key = canonical image reference; which platforms it runs on, where a registry or a node could tell. */
  images: cluster.Image,
} as const;
