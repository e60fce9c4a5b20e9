import * as z from 'zod';
import { Condition, IntOrString, LabelSelector, list, Meta, Time } from './meta.ts';

export const Taint = z.looseObject({
  key: z.string(),
  value: z.string().default(''),
  effect: z.string(),
  timeAdded: Time,
});
export type Taint = z.output<typeof Taint>;

export const Node = z.looseObject({
  metadata: Meta,
  spec: z
    .looseObject({ unschedulable: z.boolean().default(false), taints: list(Taint) })
    .default({ unschedulable: false, taints: [] }),
  status: z
    .looseObject({
      allocatable: z.record(z.string(), IntOrString).default({}),
      conditions: list(Condition),
      addresses: list(z.looseObject({ type: z.string(), address: z.string() })),
      nodeInfo: z
        .looseObject({
          architecture: z.string().default(''),
          operatingSystem: z.string().default('linux'),
          kubeletVersion: z.string().default(''),
        })
        .optional(),
    })
    .default({ allocatable: {}, conditions: [], addresses: [] }),
});
export type Node = z.output<typeof Node>;

export const PodDisruptionBudget = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    selector: LabelSelector.optional(),
    minAvailable: IntOrString.optional(),
    maxUnavailable: IntOrString.optional(),
  }),
  status: z.looseObject({ disruptionsAllowed: z.number().default(0) }).default({ disruptionsAllowed: 0 }),
});
export type PodDisruptionBudget = z.output<typeof PodDisruptionBudget>;

/** `core/v1` Event: the API serves both shapes of time, and either may be empty. */
export const Event = z.looseObject({
  metadata: Meta,
  type: z.string().default('Normal'),
  reason: z.string().default(''),
  message: z.string().default(''),
  count: z.number().nullish(),
  lastTimestamp: Time,
  eventTime: Time,
  involvedObject: z.looseObject({
    kind: z.string().default(''),
    namespace: z.string().optional(),
    name: z.string().default(''),
    uid: z.string().optional(),
  }),
});
export type Event = z.output<typeof Event>;

/** What is known about where an image runs; key = canonical reference. Platforms are `os/arch`. */
export const Image = z.looseObject({
  /** Proven: offered by its index, or seen running. */
  platforms: z.array(z.string()),
  /** Disproven: it was started there and could not be executed. */
  broken: z.array(z.string()).default([]),
  /** True when `platforms` is the whole list: what is not named is not offered. */
  complete: z.boolean().default(false),
  /** Where this is known from, one line each. */
  evidence: z.array(z.string()).default([]),
});
export type Image = z.output<typeof Image>;

/** `k3s.cattle.io/v1` ETCDSnapshotFile: one snapshot that k3s knows of, on a server or in S3. */
export const EtcdSnapshot = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    snapshotName: z.string().default(''),
    nodeName: z.string().default(''),
    location: z.string().default(''),
  }),
  status: z
    .looseObject({
      size: IntOrString.optional(),
      creationTime: Time,
      readyToUse: z.boolean().optional(),
      error: z
        .looseObject({ message: z.string().optional() })
        .nullish()
        .transform((error) => error ?? undefined),
    })
    .default({ creationTime: undefined, error: undefined }),
});
export type EtcdSnapshot = z.output<typeof EtcdSnapshot>;
