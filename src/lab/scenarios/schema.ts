import * as z from 'zod';
import { EtcdSnapshotFacts } from '../kubernetes/etcd-snapshots/facts.ts';
import { LonghornFacts } from '../kubernetes/longhorn/facts.ts';
import { ProxmoxFacts } from '../proxmox/facts.ts';
import { ZfsFacts } from '../zfs/facts.ts';
import { AddressRange, Duration } from './units.ts';

const Labels = z.record(z.string(), z.string());
const Quantities = z.record(z.string(), z.union([z.string(), z.number()]));
const Name = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a Kubernetes name');
/** `namespace/name`. */
const Qualified = z.string().regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'must be namespace/name');

const NodeFacts = z.strictObject({
  arch: z.enum(['amd64', 'arm64']).default('amd64'),
  roles: z.array(z.string()).default([]),
  cpu: z.number().positive(),
  memory: z.string(),
  pods: z.number().int().positive().default(110),
  disk: z.string().default('100Gi'),
  ip: z.ipv4(),
  os: z.string().default('Debian GNU/Linux 13 (trixie)'),
  kernel: z.string().default('6.12.48+deb13-amd64'),
  version: z.string().default('v1.36.4+k3s1'),
  runtime: z.string().default('containerd://2.3.4-k3s1'),
  labels: Labels.default({}),
  taints: z.array(z.strictObject({ key: z.string(), value: z.string().optional(), effect: z.string() })).default([]),
  /** Devices and other countable resources. */
  extra: Quantities.default({}),
  /** CSI drivers whose node plugin is registered. */
  csi: z.array(z.string()).default([]),
  cordoned: z.boolean().default(false),
  age: Duration.optional(),
});

const RUN = /^(run|never ready|exit \d+ after \d+(ms|s|m|h)|oom after \d+(ms|s|m|h))$/;

const ImageFacts = z.strictObject({
  platforms: z.array(z.enum(['amd64', 'arm64'])).default(['amd64', 'arm64']),
  /** Tags that exist; left out = every tag. */
  tags: z.array(z.string()).optional(),
  /** What a container of it does. */
  run: z.string().regex(RUN, 'must be run, never ready, exit N after T or oom after T').default('run'),
  startup: Duration.default(0),
  /** Memory that the process needs: a container with a lower limit is killed. */
  memory: z.string().optional(),
  log: z.array(z.string()).default([]),
  repeat: z.strictObject({ every: Duration, lines: z.array(z.string()).min(1) }).optional(),
  /** It cannot be pulled any more, for so long now. */
  pull: z.strictObject({ error: z.string(), since: Duration.optional() }).optional(),
});

const Port = z.strictObject({
  name: z.string().optional(),
  port: z.number().int().positive(),
  /** Port of the service, when it is another one. */
  service: z.number().int().positive().optional(),
  hostPort: z.number().int().positive().optional(),
  protocol: z.enum(['TCP', 'UDP']).optional(),
});

/** One source; `size` = a claim of its own, made with the app. */
const VolumeFacts = z.strictObject({
  name: Name,
  mount: z.string().startsWith('/'),
  size: z.string().optional(),
  class: z.string().optional(),
  access: z.enum(['ReadWriteOnce', 'ReadWriteMany', 'ReadOnlyMany', 'ReadWriteOncePod']).default('ReadWriteOnce'),
  claim: z.string().optional(),
  hostPath: z.string().optional(),
  nfs: z.string().optional(),
  configMap: z.string().optional(),
  secret: z.string().optional(),
  emptyDir: z.boolean().optional(),
});

const ContainerFacts = {
  image: z.string(),
  ports: z.array(Port).default([]),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: Labels.default({}),
  /** Name -> `secret/key`. */
  secretEnv: Labels.default({}),
  requests: Quantities.default({}),
  limits: Quantities.default({}),
  /** Path of an HTTP readiness probe on the first port. */
  probe: z.string().startsWith('/').optional(),
  privileged: z.boolean().default(false),
};

const SideContainer = z.strictObject({ name: Name, ...ContainerFacts });

const AppFacts = z.strictObject({
  ...ContainerFacts,
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']).default('Deployment'),
  /** Value of `app.kubernetes.io/name` when it is not the name of the app. */
  app: z.string().optional(),
  component: z.string().optional(),
  labels: Labels.default({}),
  annotations: Labels.default({}),
  podAnnotations: Labels.default({}),
  replicas: z.number().int().min(0).default(1),
  age: Duration.optional(),
  strategy: z.enum(['RollingUpdate', 'Recreate']).optional(),
  volumes: z.array(VolumeFacts).default([]),
  init: z.array(SideContainer).default([]),
  sidecars: z.array(SideContainer).default([]),
  nodeSelector: Labels.default({}),
  tolerations: z.array(z.record(z.string(), z.unknown())).default([]),
  /** Pods of the app on different nodes: required, or as well as possible. */
  spread: z.enum(['required', 'preferred']).optional(),
  hostNetwork: z.boolean().default(false),
  serviceAccount: z.string().optional(),
  priorityClass: z.string().optional(),
  pullSecret: z.string().optional(),
  /** Meets the restricted Pod Security Standard. */
  restricted: z.boolean().default(false),
  service: z
    .union([
      z.literal(false),
      z.strictObject({
        name: Name.optional(),
        type: z.enum(['ClusterIP', 'LoadBalancer', 'NodePort']).default('ClusterIP'),
        ip: z.string().optional(),
        headless: z.boolean().default(false),
      }),
    ])
    .optional(),
  /** Host name of an Ingress to the first port. */
  host: z.string().optional(),
  budget: z
    .strictObject({
      minAvailable: z.union([z.number(), z.string()]).optional(),
      maxUnavailable: z.union([z.number(), z.string()]).optional(),
    })
    .optional(),
  /** Of a CronJob, in UTC. */
  schedule: z.string().optional(),
  suspend: z.boolean().optional(),
  concurrency: z.enum(['Allow', 'Forbid', 'Replace']).optional(),
  backoffLimit: z.number().int().min(0).optional(),
});

const NamespaceFacts = z.strictObject({
  labels: Labels.default({}),
  /** Enforced level of the Pod Security Standards. */
  level: z.enum(['privileged', 'baseline', 'restricted']).optional(),
  /** Policies: nothing in by default, then the namespace itself, and the ingress controller. */
  isolated: z.boolean().default(false),
  age: Duration.optional(),
});

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
  age: Duration.optional(),
});

const Change = z.strictObject({
  /** Resource key: `deployments.apps`, `namespaces`. */
  resource: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  /** JSON merge patch; left out = the object is deleted. */
  patch: z.record(z.string(), z.unknown()).optional(),
  age: Duration.default(0),
});

/** Every pod of the node that no DaemonSet owns was evicted. */
const Drain = z.strictObject({ node: Name, age: Duration });

const Faults = z.strictObject({
  /** Claims whose provisioner does not answer. */
  stuckClaims: z.array(Qualified).default([]),
  /** Pods (`namespace/prefix`) whose volumes cannot be attached or mounted. */
  volumes: z
    .array(
      z.strictObject({
        pods: Qualified,
        reason: z.enum(['FailedMount', 'FailedAttachVolume']),
        message: z.string(),
      }),
    )
    .default([]),
  /** Nodes whose kubelet is silent: from the beginning, or for so long. */
  down: z.array(z.union([Name, z.strictObject({ node: Name, age: Duration })])).default([]),
});

/** What a check must find (or, in a near-miss, must not find) in this scenario. */
const Expectation = z.strictObject({
  check: z.string().regex(/^[A-Z]\d\d$/, 'must be a check id such as K01'),
  /** `Kind/namespace/name` of each object that the finding is about. */
  on: z.array(z.string()).default([]),
  why: z.string().optional(),
});

export const ScenarioFile = z.strictObject({
  title: z.string(),
  about: z.string(),
  extends: Name.optional(),
  /** Every pod is ready once the cluster has settled. */
  healthy: z.boolean().default(false),
  /** Age of whatever says nothing else. */
  age: Duration.optional(),
  /** So far back cron jobs and restarts are played. */
  history: Duration.optional(),
  loadBalancerPool: AddressRange.optional(),
  /** Class of the Ingresses of the apps. */
  ingressClass: z.string().default('traefik'),
  nodes: z.record(Name, NodeFacts).default({}),
  images: z.record(z.string(), ImageFacts).default({}),
  namespaces: z.record(Name, NamespaceFacts).default({}),
  /** `namespace/name` -> app. */
  apps: z.record(Qualified, AppFacts).default({}),
  objects: z.array(Manifest).default([]),
  changes: z.array(Change).default([]),
  drains: z.array(Drain).default([]),
  faults: Faults.prefault({}),
  /** Storage of the cluster, when it is Longhorn; its pods stand among the apps. */
  longhorn: LonghornFacts.optional(),
  /** k3s with its own etcd, on the nodes with that role. */
  etcdSnapshots: EtcdSnapshotFacts.optional(),
  /** The hosts below the cluster, when they are Proxmox. */
  proxmox: ProxmoxFacts.optional(),
  /** Hosts with ZFS, by name; one that is named like a node is that node. */
  zfs: ZfsFacts.optional(),
  expect: z.array(Expectation).default([]),
  /** Checks that must find nothing, though it looks as if they should. */
  /** Checks that cannot be judged here. */
  expectUnknown: z.array(z.string()).default([]),
  expectNot: z.array(Expectation).default([]),
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;
export type NodeFacts = z.infer<typeof NodeFacts>;
export type ImageFacts = z.infer<typeof ImageFacts>;
export type AppFacts = z.infer<typeof AppFacts>;
export type SideContainer = z.infer<typeof SideContainer>;
export type VolumeFacts = z.infer<typeof VolumeFacts>;
export type NamespaceFacts = z.infer<typeof NamespaceFacts>;
export type Manifest = z.infer<typeof Manifest>;
export type Expectation = z.infer<typeof Expectation>;
