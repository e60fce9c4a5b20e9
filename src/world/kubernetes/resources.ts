import type { KubeKind } from '../../clients/kubernetes/contract.ts';
import { longhornKinds } from '../longhorn/schema.ts';
import type { ObjectPartName } from '../parts.ts';

type GatheredPart = Exclude<ObjectPartName, 'images' | 'longhornCredentials'>;

export interface Resource {
  readonly part: GatheredPart;
  readonly kind: KubeKind;
  /** Only what checks need of a kind that has much more. */
  readonly fieldSelector?: string;
  /** Not every cluster serves it: then the part is absent. */
  readonly optional?: true;
}

/** Where each part is listed. All but the optional ones are built-in and stable, so no discovery is asked first. */
export const resources: readonly Resource[] = [
  cluster('namespaces', 'Namespace'),
  cluster('nodes', 'Node'),
  core('pods', 'Pod'),
  core('services', 'Service'),
  core('persistentVolumeClaims', 'PersistentVolumeClaim'),
  cluster('persistentVolumes', 'PersistentVolume'),
  { ...core('events', 'Event'), fieldSelector: 'type=Warning' },
  group('deployments', 'apps', 'Deployment'),
  group('replicaSets', 'apps', 'ReplicaSet'),
  group('statefulSets', 'apps', 'StatefulSet'),
  group('daemonSets', 'apps', 'DaemonSet'),
  group('jobs', 'batch', 'Job'),
  group('cronJobs', 'batch', 'CronJob'),
  group('endpointSlices', 'discovery.k8s.io', 'EndpointSlice'),
  group('ingresses', 'networking.k8s.io', 'Ingress'),
  group('networkPolicies', 'networking.k8s.io', 'NetworkPolicy'),
  group('podDisruptionBudgets', 'policy', 'PodDisruptionBudget'),
  group('storageClasses', 'storage.k8s.io', 'StorageClass', false),
  group('volumeAttachments', 'storage.k8s.io', 'VolumeAttachment', false),
  group('csiNodes', 'storage.k8s.io', 'CSINode', false),
  {
    part: 'etcdSnapshots',
    kind: { ...group('etcdSnapshots', 'k3s.cattle.io', 'ETCDSnapshotFile', false).kind, resource: 'etcdsnapshotfiles' },
    optional: true,
  },
  ...(Object.keys(longhornKinds) as readonly (keyof typeof longhornKinds)[]).map(longhorn), // sound: its own keys
];

function core(part: GatheredPart, kind: string): Resource {
  return group(part, '', kind);
}

function cluster(part: GatheredPart, kind: string): Resource {
  return group(part, '', kind, false);
}

/** `longhornBackupTargets` -> BackupTarget, `backuptargets.longhorn.io`. */
function longhorn(part: keyof typeof longhornKinds): Resource {
  const plural = part.slice('longhorn'.length);
  const { kind } = group(part, 'longhorn.io', plural.slice(0, -1));
  return { part, kind: { ...kind, version: 'v1beta2', resource: plural.toLowerCase() }, optional: true };
}

function group(part: GatheredPart, name: string, kind: string, namespaced = true): Resource {
  return {
    part,
    kind: {
      group: name,
      version: 'v1',
      kind,
      resource: part.toLowerCase(),
      shortNames: [],
      namespaced,
      verbs: ['list'],
    },
  };
}
