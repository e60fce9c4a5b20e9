import * as z from 'zod';
import { Meta } from '../kubernetes/meta.ts';

const Ref = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().exactOptional(),
  name: z.string(),
  keep: z.boolean(),
});

/**
 * The newest revision of a release. `metadata.namespace` and `metadata.name` are the release's own; what it holds is named,
 * its values and manifest never enter the world.
 */
export const HelmRelease = z.looseObject({
  metadata: Meta,
  revision: z.number(),
  status: z.string(),
  chart: z.string(),
  chartVersion: z.string(),
  appVersion: z.string(),
  updatedAt: z.string(),
  description: z.string(),
  objects: z.array(Ref),
  /** Why its Secret could not be read. */
  unreadable: z.string().exactOptional(),
});
export type HelmRelease = z.output<typeof HelmRelease>;

export const helmSchemas = {
  helmReleases: HelmRelease,
} as const;
