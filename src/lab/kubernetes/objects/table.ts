import type { Json, JsonObject, KubeJson, ObjectMeta } from '../json.ts';
import { type Resource, resourceKey } from '../resource.ts';
import * as cluster from './columns/cluster.ts';
import { AGE, type Column, CREATED, NAME } from './columns/column.ts';
import { customColumns } from './columns/custom.ts';
import * as network from './columns/network.ts';
import { POD_COLUMNS } from './columns/pods.ts';
import * as storage from './columns/storage.ts';
import * as workloads from './columns/workloads.ts';
import { at } from './json.ts';

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  configmaps: cluster.CONFIG_MAP_COLUMNS,
  endpoints: network.ENDPOINTS_COLUMNS,
  events: cluster.EVENT_COLUMNS,
  'events.events.k8s.io': cluster.EVENT_COLUMNS,
  limitranges: [NAME, CREATED],
  namespaces: cluster.NAMESPACE_COLUMNS,
  nodes: cluster.NODE_COLUMNS,
  persistentvolumeclaims: storage.CLAIM_COLUMNS,
  persistentvolumes: storage.VOLUME_COLUMNS,
  pods: POD_COLUMNS,
  podtemplates: workloads.POD_TEMPLATE_COLUMNS,
  replicationcontrollers: workloads.REPLICATION_CONTROLLER_COLUMNS,
  resourcequotas: cluster.QUOTA_COLUMNS,
  secrets: cluster.SECRET_COLUMNS,
  serviceaccounts: [NAME, AGE],
  services: network.SERVICE_COLUMNS,
  'controllerrevisions.apps': workloads.CONTROLLER_REVISION_COLUMNS,
  'daemonsets.apps': workloads.DAEMON_SET_COLUMNS,
  'deployments.apps': workloads.DEPLOYMENT_COLUMNS,
  'replicasets.apps': workloads.REPLICA_SET_COLUMNS,
  'statefulsets.apps': workloads.STATEFUL_SET_COLUMNS,
  'horizontalpodautoscalers.autoscaling': workloads.AUTOSCALER_COLUMNS,
  'cronjobs.batch': workloads.CRON_JOB_COLUMNS,
  'jobs.batch': workloads.JOB_COLUMNS,
  'ingressclasses.networking.k8s.io': network.INGRESS_CLASS_COLUMNS,
  'ingresses.networking.k8s.io': network.INGRESS_COLUMNS,
  'networkpolicies.networking.k8s.io': network.NETWORK_POLICY_COLUMNS,
  'poddisruptionbudgets.policy': network.DISRUPTION_BUDGET_COLUMNS,
  'clusterrolebindings.rbac.authorization.k8s.io': cluster.BINDING_COLUMNS,
  'clusterroles.rbac.authorization.k8s.io': [NAME, CREATED],
  'rolebindings.rbac.authorization.k8s.io': cluster.BINDING_COLUMNS,
  'roles.rbac.authorization.k8s.io': [NAME, CREATED],
  'csidrivers.storage.k8s.io': storage.CSI_DRIVER_COLUMNS,
  'csinodes.storage.k8s.io': storage.CSI_NODE_COLUMNS,
  'storageclasses.storage.k8s.io': storage.STORAGE_CLASS_COLUMNS,
  'volumeattachments.storage.k8s.io': storage.VOLUME_ATTACHMENT_COLUMNS,
  'customresourcedefinitions.apiextensions.k8s.io': [NAME, CREATED],
  'priorityclasses.scheduling.k8s.io': cluster.PRIORITY_CLASS_COLUMNS,
  'leases.coordination.k8s.io': cluster.LEASE_COLUMNS,
  'endpointslices.discovery.k8s.io': network.ENDPOINT_SLICE_COLUMNS,
};

export interface TableOptions {
  /** ListMeta of the answer: resourceVersion, continue, remainingItemCount. */
  readonly metadata?: JsonObject;
  /** `?includeObject=`; the real default is Metadata. */
  readonly includeObject?: 'None' | 'Metadata' | 'Object';
  /** `additionalPrinterColumns` of a custom resource's version. */
  readonly printerColumns?: readonly JsonObject[];
  /** False in the later events of a watch, which repeat no columns. */
  readonly withColumns?: boolean;
}

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: JsonObject;
  readonly columnDefinitions:
    | readonly {
        name: string;
        type: string;
        format: string;
        description: string;
        priority: number;
      }[]
    | null;
  readonly rows: readonly {
    cells: readonly Json[];
    conditions?: readonly JsonObject[];
    object?: KubeJson | { kind: string; apiVersion: string; metadata: ObjectMeta };
  }[];
}

/**
 * Objects of one resource as the real server's Table, with the same columns and cells.
 * Ages count to `now`. A resource without columns of its own gets Name and Age.
 */
export function toTable(
  resource: Pick<Resource, 'group' | 'plural'>,
  objects: readonly KubeJson[],
  now: Date,
  options: TableOptions = {},
): Table {
  const { metadata = {}, includeObject = 'Metadata', printerColumns = [], withColumns = true } = options;
  const columns = COLUMNS[resourceKey(resource)] ?? customColumns(printerColumns);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? columns.map(definition) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...ended(resource, object),
      ...(includeObject !== 'None' && { object: includeObject === 'Object' ? object : partial(object) }),
    })),
  };
}

const definition = ({ name, type, format, wide }: Column) => ({
  name,
  type,
  format: format ?? '',
  description: '',
  priority: wide ? 1 : 0,
});

const partial = ({ metadata }: KubeJson) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});

/** A pod that has ended is marked, so that clients may hide it. */
function ended({ group, plural }: Pick<Resource, 'group' | 'plural'>, object: KubeJson): { conditions?: JsonObject[] } {
  const phase = group === '' && plural === 'pods' ? at(object, 'status', 'phase') : undefined;
  if (phase !== 'Succeeded' && phase !== 'Failed') return {};
  const message = phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.';
  return { conditions: [{ type: 'Completed', status: 'True', reason: phase, message }] };
}
