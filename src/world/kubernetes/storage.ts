import * as z from 'zod';
import { list, Meta, texts } from './meta.ts';
import { NodeSelector } from './pod.ts';

export const PersistentVolumeClaim = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    accessModes: list(z.string()),
    storageClassName: z.string().optional(),
    volumeName: z.string().optional(),
  }),
  status: z.looseObject({ phase: z.string().default('Pending') }).default({ phase: 'Pending' }),
});
export type PersistentVolumeClaim = z.output<typeof PersistentVolumeClaim>;

export const PersistentVolume = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    accessModes: list(z.string()),
    storageClassName: z.string().optional(),
    persistentVolumeReclaimPolicy: z.string().default('Retain'),
    claimRef: z.looseObject({ namespace: z.string().optional(), name: z.string().optional() }).optional(),
    csi: z
      .looseObject({
        driver: z.string(),
        volumeHandle: z.string().optional(),
        volumeAttributes: z.record(z.string(), z.string()).optional(),
      })
      .optional(),
    nodeAffinity: z.looseObject({ required: NodeSelector.optional() }).optional(),
  }),
});
export type PersistentVolume = z.output<typeof PersistentVolume>;

export const StorageClass = z.looseObject({
  metadata: Meta,
  provisioner: z.string(),
  volumeBindingMode: z.string().default('Immediate'),
  reclaimPolicy: z.string().default('Delete'),
  parameters: texts,
});
export type StorageClass = z.output<typeof StorageClass>;

const VolumeError = z.looseObject({ message: z.string().optional(), time: z.string().optional() });

export const VolumeAttachment = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    attacher: z.string(),
    nodeName: z.string(),
    source: z.looseObject({ persistentVolumeName: z.string().optional() }).optional(),
  }),
  status: z
    .looseObject({ attached: z.boolean().default(false), attachError: VolumeError.optional() })
    .default({ attached: false }),
});
export type VolumeAttachment = z.output<typeof VolumeAttachment>;

export const CsiNode = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({ drivers: list(z.looseObject({ name: z.string() })) }),
});
export type CsiNode = z.output<typeof CsiNode>;
