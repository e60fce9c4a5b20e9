import type * as z from 'zod';
import type { Change } from '../core/change.ts';
import { helmSchemas } from './helm/schema.ts';
import type { Meta } from './kubernetes/meta.ts';
import * as kubernetes from './kubernetes/schema.ts';
import { longhornSchemas } from './longhorn/schema.ts';
import { proxmoxSchemas } from './proxmox/schema.ts';
import type { Readings } from './readings/contract.ts';
import { zfsSchemas } from './zfs/schema.ts';

/** The parts of the world that hold objects: part name -> schema of one object. Keys are `namespace/name`, or `name` for cluster-scoped kinds; for ZFS the namespace is the host, for Proxmox the name of the connection. */
export const partSchemas = {
  ...kubernetes.schemas,
  ...longhornSchemas,
  ...zfsSchemas,
  ...helmSchemas,
  ...proxmoxSchemas,
} as const satisfies Record<string, z.ZodType>;

export type ObjectParts = {
  readonly [K in keyof typeof partSchemas]: ReadonlyMap<string, z.output<(typeof partSchemas)[K]>>;
};
export type ObjectPartName = keyof ObjectParts;

/** An object of any part but `images`, as far as all of them are alike. */
export interface WorldObject {
  readonly metadata: Meta;
  readonly [field: string]: unknown;
}

/** What each part holds once it is known. `change` and `replaced` are there only in the world of a plan. */
export type Parts = ObjectParts & {
  /** What was read before this world, for what only its change tells about; absent = there is no past. */
  readonly readings: Readings;
  readonly change: Change;
  /** The objects that the change replaces or removes, as they were: key = `part:id`. New objects have no entry. */
  readonly replaced: ReadonlyMap<string, WorldObject>;
};

export type PartName = keyof Parts;

export const replacedKey = (part: string, id: string): string => `${part}:${id}`;
