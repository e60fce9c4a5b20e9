import { checks } from '../../src/checks/catalogue.ts';
import { runChecks } from '../../src/checks/run.ts';
import { sshRunner } from '../../src/clients/ssh/runner.ts';
import { createZfsClient } from '../../src/clients/zfs/client.ts';
import { zfsCommands } from '../../src/clients/zfs/commands.ts';
import { createZfsHosts } from '../../src/clients/zfs/hosts.ts';
import { systemClock } from '../../src/core/clock.ts';
import { ZfsFacts } from '../../src/lab/zfs/facts.ts';
import { startZfsLab } from '../../src/lab/zfs/lab.ts';
import { createWorldReader } from '../../src/world/create-reader.ts';

/** CPU of looking at ZFS hosts over SSH, and of the checks on what was seen: `node test/bench/zfs.ts`. The lab that answers runs in the same process. */

const facts = (datasets: number, snapshots: number): unknown => ({
  memory: '256Gi',
  arcMax: '64Gi',
  disks: { d: { count: 24, model: 'ST18000NM000J', serial: 'ZR5', size: '18T' } },
  pools: {
    tank: {
      age: '400d',
      scrub: { ended: '6d', took: '20h' },
      vdevs: [
        { type: 'raidz3', disks: 'd 1-12' },
        { type: 'raidz3', disks: 'd 13-24' },
      ],
      datasets: Object.fromEntries(
        Array.from({ length: datasets }, (_, index) => [
          `data-${index}`,
          { used: '1G', snapshots: [{ prefix: 'auto-', count: Math.ceil(snapshots / datasets), every: '1h' }] },
        ]),
      ),
    },
  },
});

/** Milliseconds of CPU for hosts that have these numbers together. */
export async function measureZfs(
  hosts: number,
  datasets: number,
  snapshots: number,
): Promise<{ readonly gatherMs: number; readonly checksMs: number }> {
  const names = Array.from({ length: hosts }, (_, index) => `pve${index + 1}`);
  const one = facts(Math.ceil(datasets / hosts), Math.ceil(snapshots / hosts));
  const lab = await startZfsLab(ZfsFacts.parse(Object.fromEntries(names.map((name) => [name, one]))), {
    clock: systemClock,
  });
  const checkPermit = (): never => {
    throw new Error('nothing is written here');
  };
  const runners = lab.hosts.map(({ name, host, port, user, privateKey, hostKey }) =>
    sshRunner({ name, address: host, port, user, privateKey, hostKey, specs: zfsCommands, checkPermit }),
  );
  const zfs = createZfsHosts(runners.map((runner) => createZfsClient({ runner })));
  const reader = createWorldReader({ zfs, clock: systemClock });
  const look = () => reader.world({ maxAgeMs: 0, signal: AbortSignal.timeout(120_000) });
  await look();
  const before = process.cpuUsage();
  const world = await look();
  const gathered = process.cpuUsage(before);
  const start = process.cpuUsage();
  runChecks(checks, world, { now: systemClock.now() });
  const checked = process.cpuUsage(start);
  await Promise.all(runners.map((runner) => runner.close()));
  await lab.close();
  const ms = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
  return { gatherMs: ms(gathered), checksMs: ms(checked) };
}

if (import.meta.main) console.log(await measureZfs(3, 5_000, 100_000));
