import type { LooseObject } from '../controller.ts';

const FREE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** What k3s installs at its first start; the columns that kubectl shows are those of k3s (pkg/apis/k3s.cattle.io/v1/types.go). */
export const etcdSnapshotDefinition: LooseObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'etcdsnapshotfiles.k3s.cattle.io' },
  spec: {
    group: 'k3s.cattle.io',
    scope: 'Cluster',
    names: { plural: 'etcdsnapshotfiles', singular: 'etcdsnapshotfile', kind: 'ETCDSnapshotFile' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'SnapshotName', type: 'string', jsonPath: '.spec.snapshotName' },
          { name: 'Node', type: 'string', jsonPath: '.spec.nodeName' },
          { name: 'Location', type: 'string', jsonPath: '.spec.location' },
          { name: 'Size', type: 'string', jsonPath: '.status.size' },
          { name: 'CreationTime', type: 'string', jsonPath: '.status.creationTime' },
        ],
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: FREE, status: FREE } } },
      },
    ],
  },
};
