import * as z from 'zod';
import { Condition, IntOrString, list, Meta, Requirement, Time, texts } from './meta.ts';

const Profile = z.looseObject({ type: z.string().optional() });

/** What a pod and a container may both say about their rights. */
export const SecurityContext = z.looseObject({
  privileged: z.boolean().optional(),
  allowPrivilegeEscalation: z.boolean().optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  procMount: z.string().optional(),
  capabilities: z.looseObject({ add: list(z.string()), drop: list(z.string()) }).optional(),
  seccompProfile: Profile.optional(),
  appArmorProfile: Profile.optional(),
  seLinuxOptions: z
    .looseObject({ type: z.string().optional(), user: z.string().optional(), role: z.string().optional() })
    .optional(),
  windowsOptions: z.looseObject({ hostProcess: z.boolean().optional() }).optional(),
  sysctls: list(z.looseObject({ name: z.string() })),
});
export type SecurityContext = z.output<typeof SecurityContext>;

const Handler = z.looseObject({
  httpGet: z.looseObject({ host: z.string().optional() }).optional(),
  tcpSocket: z.looseObject({ host: z.string().optional() }).optional(),
});

export const Container = z.looseObject({
  name: z.string(),
  image: z.string().default(''),
  command: list(z.string()),
  args: list(z.string()),
  env: list(z.looseObject({ name: z.string(), value: z.string().optional() })),
  ports: list(
    z.looseObject({
      name: z.string().optional(),
      containerPort: z.number(),
      hostPort: z.number().optional(),
      protocol: z.string().default('TCP'),
    }),
  ),
  resources: z
    .looseObject({
      requests: z.record(z.string(), IntOrString).default({}),
      limits: z.record(z.string(), IntOrString).default({}),
    })
    .optional(),
  securityContext: SecurityContext.optional(),
  restartPolicy: z.string().optional(),
  livenessProbe: Handler.optional(),
  readinessProbe: Handler.optional(),
  startupProbe: Handler.optional(),
  lifecycle: z.looseObject({ postStart: Handler.optional(), preStop: Handler.optional() }).optional(),
});
export type Container = z.output<typeof Container>;

/** The kinds of volume are keys: `{ name, persistentVolumeClaim: { claimName } }`. */
const Volume = z.looseObject({
  name: z.string(),
  persistentVolumeClaim: z.looseObject({ claimName: z.string() }).optional(),
  hostPath: z.looseObject({ path: z.string() }).optional(),
});

const NodeSelectorTerm = z.looseObject({ matchExpressions: list(Requirement), matchFields: list(Requirement) });
export const NodeSelector = z.looseObject({ nodeSelectorTerms: list(NodeSelectorTerm) });
export type NodeSelector = z.output<typeof NodeSelector>;

export const Toleration = z.looseObject({
  key: z.string().optional(),
  operator: z.string().default('Equal'),
  value: z.string().default(''),
  effect: z.string().optional(),
});
export type Toleration = z.output<typeof Toleration>;

export const PodSpec = z.looseObject({
  containers: list(Container),
  initContainers: list(Container),
  ephemeralContainers: list(Container),
  volumes: list(Volume),
  nodeName: z.string().optional(),
  nodeSelector: texts,
  affinity: z
    .looseObject({
      nodeAffinity: z
        .looseObject({ requiredDuringSchedulingIgnoredDuringExecution: NodeSelector.optional() })
        .optional(),
    })
    .optional(),
  tolerations: list(Toleration),
  hostNetwork: z.boolean().default(false),
  hostPID: z.boolean().default(false),
  hostIPC: z.boolean().default(false),
  hostUsers: z.boolean().optional(),
  restartPolicy: z.string().optional(),
  runtimeClassName: z.string().optional(),
  securityContext: SecurityContext.optional(),
  os: z.looseObject({ name: z.string() }).optional(),
});
export type PodSpec = z.output<typeof PodSpec>;

export const PodTemplate = z.looseObject({
  metadata: z.looseObject({ labels: texts, annotations: texts }).default({ labels: {}, annotations: {} }),
  spec: PodSpec,
});

const Terminated = z.looseObject({
  exitCode: z.number(),
  reason: z.string().optional(),
  message: z.string().optional(),
  finishedAt: Time,
});

const ContainerState = z.looseObject({
  waiting: z.looseObject({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  running: z.looseObject({ startedAt: Time }).optional(),
  terminated: Terminated.optional(),
});

export const ContainerStatus = z.looseObject({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  image: z.string().default(''),
  state: ContainerState.optional(),
  lastState: ContainerState.optional(),
});
export type ContainerStatus = z.output<typeof ContainerStatus>;

export const Pod = z.looseObject({
  metadata: Meta,
  spec: PodSpec,
  status: z
    .looseObject({
      phase: z.string().default('Pending'),
      podIP: z.string().optional(),
      podIPs: list(z.looseObject({ ip: z.string() })),
      reason: z.string().optional(),
      startTime: Time,
      conditions: list(Condition),
      containerStatuses: list(ContainerStatus),
      initContainerStatuses: list(ContainerStatus),
    })
    .default({
      phase: 'Pending',
      podIPs: [],
      startTime: undefined,
      conditions: [],
      containerStatuses: [],
      initContainerStatuses: [],
    }),
});
export type Pod = z.output<typeof Pod>;
