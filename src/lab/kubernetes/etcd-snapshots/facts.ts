import * as z from 'zod';
import { Duration } from '../../scenarios/units.ts';

/** Snapshots of the etcd inside k3s, with the defaults of k3s: each server makes one twice a day and keeps five. */
export const EtcdSnapshotFacts = z.strictObject({
  schedule: z.string().default('0 */12 * * *'),
  retain: z.int().positive().default(5),
  sizeBytes: z.int().positive().default(41_263_136),
  /** Every snapshot is also copied there. */
  s3: z.strictObject({ endpoint: z.string(), bucket: z.string(), folder: z.string().default('') }).optional(),
  /** None was made any more for so long. */
  stopped: Duration.optional(),
});
export type EtcdSnapshotFacts = z.output<typeof EtcdSnapshotFacts>;

/** The same as of now: the lab's controllers know times, not ages. */
export interface EtcdSnapshotPlan extends Omit<EtcdSnapshotFacts, 'stopped'> {
  readonly stoppedAt: Date | undefined;
}

export const etcdSnapshotPlan = ({ stopped, ...facts }: EtcdSnapshotFacts, now: Date): EtcdSnapshotPlan => ({
  ...facts,
  stoppedAt: stopped === undefined ? undefined : new Date(+now - stopped),
});
