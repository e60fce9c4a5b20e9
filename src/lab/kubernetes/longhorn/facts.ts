import * as z from 'zod';
import { Duration } from '../../scenarios/units.ts';

/** Longhorn in a scenario: what is installed, and what is wrong with single volumes. */
export const LonghornFacts = z.strictObject({
  namespace: z.string().default('longhorn-system'),
  version: z.string().default('v1.12.1'),
  /** Of the setting default-replica-count. */
  replicas: z.int().positive().default(3),
  /** Where backups go; without it none are made. */
  target: z.strictObject({ url: z.string(), secret: z.string() }).optional(),
  /** When every volume is backed up, as a cron schedule in UTC. */
  backup: z.string().default('0 3 * * *'),
  /** Backups of a volume that are kept. */
  retain: z.int().positive().default(7),
  /** Nodes on which replicas may not be placed. */
  closed: z.array(z.string()).default([]),
  /** Claim (`namespace/name`) -> where its replicas are, and which of them cannot be used any more. */
  volumes: z
    .record(
      z.string(),
      z.strictObject({
        on: z.array(z.string()).min(1),
        failed: z.strictObject({ on: z.string(), age: Duration }).optional(),
      }),
    )
    .default({}),
});
export type LonghornFacts = z.output<typeof LonghornFacts>;

/** The same as of now: the lab's controllers know times, not ages. */
export interface LonghornPlan extends Omit<LonghornFacts, 'volumes'> {
  readonly volumes: ReadonlyMap<
    string,
    { readonly on: readonly string[]; readonly failed: { readonly on: string; readonly at: Date } | undefined }
  >;
}

export const longhornPlan = ({ volumes, ...facts }: LonghornFacts, now: Date): LonghornPlan => ({
  ...facts,
  volumes: new Map(
    Object.entries(volumes).map(([claim, { on, failed }]) => [
      claim,
      { on, failed: failed && { on: failed.on, at: new Date(+now - failed.age) } },
    ]),
  ),
});
