import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { timedOut } from '../../../src/clients/command/right.ts';
import { demandAllowed } from '../../../src/clients/command/spec.ts';
import { createZfsClient } from '../../../src/clients/zfs/client.ts';
import { zfsCommands } from '../../../src/clients/zfs/commands.ts';
import type { ZfsWriter } from '../../../src/clients/zfs/contract.ts';
import { type Clock, ManualClock } from '../../../src/core/clock.ts';
import type { CheckPermit, Permit } from '../../../src/core/permit.ts';
import { ZfsFacts } from '../../../src/lab/zfs/facts.ts';
import { createZfsHost, type LabVolume, type ZfsLabHost } from '../../../src/lab/zfs/host.ts';

export const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/openzfs-2.3.9', name), 'utf8');

export const NOW = '2026-11-21T22:25:00Z';
export const permit = {} as Permit; // the guard has tests of its own; here the host is what is tried
export const signal = AbortSignal.timeout(60_000);

/** The pool of the recordings: raidz3 of seven, special and log mirrors, a cache, a spare, and five free disks. */
export const RECORDED = {
  version: '2.3.9-0',
  memory: '4Gi',
  arcMax: '2Gi',
  scan: '20s',
  disks: { d: { count: 18, bus: 'scsi', model: 'HARDDISK', serial: 'LAB', size: 419_430_400, sector: 512 } },
  pools: {
    tank: {
      age: '1h',
      vdevs: [
        { type: 'raidz3', disks: 'd 1-7' },
        { class: 'special', type: 'mirror', disks: 'd 8-9' },
        { class: 'log', type: 'mirror', disks: 'd 10-11' },
        { class: 'l2cache', disks: 'd 12' },
        { class: 'spare', disks: 'd 13' },
      ],
      datasets: {
        data: { used: '200M', snapshots: [{ prefix: 'auto-', count: 2, every: '1h', used: '1M' }] },
        clone1: { used: '1M' },
        'k8s/vols/pvc-1': { used: '70M', properties: { 'democratic-csi:managed_resource': 'true' } },
        'k8s/vols': {},
        k8s: {},
      },
    },
  },
};

export interface LabUnderTest {
  readonly lab: ZfsLabHost;
  readonly zfs: ZfsWriter;
  readonly clock: ManualClock;
}

/** A client of the product on a host of the lab, without the network between them. */
export function labOf(facts: object = RECORDED, volumes: () => readonly LabVolume[] = () => []): LabUnderTest {
  const clock = new ManualClock(NOW);
  const own = ZfsFacts.parse({ pve1: facts })['pve1'];
  if (own === undefined) throw new Error('no facts');
  const lab = createZfsHost('pve1', own, { clock, volumes });
  return { lab, zfs: clientOf(lab), clock };
}

export const clientOf = (lab: ZfsLabHost, checkPermit: CheckPermit = () => undefined): ZfsWriter =>
  createZfsClient({
    runner: {
      host: lab.name,
      identity: async () => lab.name,
      close: async () => undefined,
      async run({ argv, timeoutMs, right }) {
        const spec = demandAllowed(zfsCommands, argv, lab.name);
        if (spec.writes && right) checkPermit(right.permit, right.touch);
        const outcome = lab.run(argv);
        if (outcome === 'hang') throw timedOut(argv, lab.name, timeoutMs);
        return outcome;
      },
    },
  });

export type { Clock };
