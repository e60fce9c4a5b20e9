import * as z from 'zod';
import { Condition, IntOrString, LabelSelector, list, Meta, Time } from './meta.ts';
import { PodTemplate } from './pod.ts';

const Rolling = z.looseObject({ maxSurge: IntOrString.optional(), maxUnavailable: IntOrString.optional() });

export const Deployment = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    replicas: z.number().default(1),
    selector: LabelSelector,
    template: PodTemplate,
    paused: z.boolean().default(false),
    strategy: z
      .looseObject({ type: z.string().default('RollingUpdate'), rollingUpdate: Rolling.optional() })
      .optional(),
  }),
  status: z
    .looseObject({
      observedGeneration: z.number().optional(),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      conditions: list(Condition),
    })
    .default({ replicas: 0, updatedReplicas: 0, availableReplicas: 0, conditions: [] }),
});
export type Deployment = z.output<typeof Deployment>;

export const ReplicaSet = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({ replicas: z.number().default(1), selector: LabelSelector, template: PodTemplate.optional() }),
  status: z
    .looseObject({ replicas: z.number().default(0), conditions: list(Condition) })
    .default({ replicas: 0, conditions: [] }),
});
export type ReplicaSet = z.output<typeof ReplicaSet>;

export const StatefulSet = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    replicas: z.number().default(1),
    selector: LabelSelector,
    template: PodTemplate,
    volumeClaimTemplates: list(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })),
    persistentVolumeClaimRetentionPolicy: z.looseObject({ whenDeleted: z.string().optional() }).optional(),
  }),
  status: z
    .looseObject({
      replicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      readyReplicas: z.number().default(0),
    })
    .default({ replicas: 0, availableReplicas: 0, readyReplicas: 0 }),
});
export type StatefulSet = z.output<typeof StatefulSet>;

export const DaemonSet = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({ selector: LabelSelector, template: PodTemplate }),
  status: z
    .looseObject({ desiredNumberScheduled: z.number().default(0), numberAvailable: z.number().default(0) })
    .default({ desiredNumberScheduled: 0, numberAvailable: 0 }),
});
export type DaemonSet = z.output<typeof DaemonSet>;

const JobSpec = z.looseObject({
  parallelism: z.number().default(1),
  suspend: z.boolean().default(false),
  template: PodTemplate,
});

export const Job = z.looseObject({
  metadata: Meta,
  spec: JobSpec,
  status: z
    .looseObject({ active: z.number().default(0), conditions: list(Condition) })
    .default({ active: 0, conditions: [] }),
});
export type Job = z.output<typeof Job>;

export const CronJob = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    schedule: z.string(),
    suspend: z.boolean().default(false),
    jobTemplate: z.looseObject({ spec: JobSpec }),
  }),
  status: z.looseObject({ lastScheduleTime: Time, lastSuccessfulTime: Time }).optional(),
});
export type CronJob = z.output<typeof CronJob>;
