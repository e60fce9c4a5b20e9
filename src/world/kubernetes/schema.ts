import * as z from 'zod';

const Meta = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().default(''),
  resourceVersion: z.string().default(''),
  generation: z.number().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  ownerReferences: z
    .array(
      z.looseObject({
        apiVersion: z.string(),
        kind: z.string(),
        name: z.string(),
        uid: z.string(),
        controller: z.boolean().optional(),
      }),
    )
    .default([]),
});

const Anything = z.looseObject({ metadata: Meta });

/** Part name -> schema of one object. Kubernetes parts are named after the plural resource in camelCase. */
export const schemas = {
  namespaces: Anything,
  nodes: Anything,
  pods: Anything,
  deployments: Anything,
  replicaSets: Anything,
  statefulSets: Anything,
  daemonSets: Anything,
  jobs: Anything,
  cronJobs: Anything,
  services: Anything,
  endpointSlices: Anything,
  ingresses: Anything,
  networkPolicies: Anything,
  podDisruptionBudgets: Anything,
  persistentVolumeClaims: Anything,
  persistentVolumes: Anything,
  storageClasses: Anything,
  volumeAttachments: Anything,
  csiNodes: Anything,
  events: Anything,
  /** Key = image reference; which platforms its index offers, where a registry or a node could tell. */
  images: z.looseObject({ platforms: z.array(z.string()) }),
} as const;
