import * as z from 'zod';
import { Namespace } from '../../cluster/support/inputs.ts';

/** Helm's own rule for names of releases. */
export const ReleaseName = z
  .string()
  .max(53)
  .regex(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/, 'not a name of a release');
export const ReleasePlace = { namespace: Namespace, name: ReleaseName };
export const ChartRef = z.string().min(3).max(300).describe('repository/chart, oci://..., or ./chart');
export const ChartVersion = z.string().min(5).max(80).describe('Exact');
export const Values = z.record(z.string(), z.unknown()).default({});
export const WaitSeconds = z.int().min(0).max(240).default(120);
export const Revision = z.int().min(1).max(1_000_000);
