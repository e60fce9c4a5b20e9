import { sha256 } from '../core/canonical.ts';
import type { Gate, Operator } from '../core/gate.ts';
import { randomId } from '../core/ids.ts';
import type { Judge } from '../guard/deps.ts';
import type { Parts, PartsOptions } from './contract.ts';
import { lazyPowerReader, lazyPowerWriter } from './power.ts';
import { lazyProxmoxReaders, lazyProxmoxWriters } from './proxmox.ts';
import { lazyHelmPlanner, lazyHelmWriter, lazyReader, lazyWorld, lazyWriter } from './stand-ins.ts';
import { lazyZfsReaders, lazyZfsWriters } from './zfs.ts';

type GateParts = Pick<
  Parts,
  'record' | 'kubernetes' | 'helm' | 'zfs' | 'proxmox' | 'power' | 'world' | 'checks' | 'lessons'
>;

/** The guard with everything that it asks and writes through, each opened at its first use. */
export async function openGate(options: PartsOptions, parts: GateParts): Promise<Gate & Operator> {
  const { config, mode, actions, clock } = options;
  const [{ createGate }, { processInstance }, { runChecks }, { compare }] = await Promise.all([
    import('../guard/gate.ts'),
    import('../guard/instance.ts'),
    import('../checks/run.ts'),
    import('../checks/compare.ts'),
  ]);
  const [{ journal, permits }, checks, lessons] = await Promise.all([parts.record(), parts.checks(), parts.lessons()]);
  const { helmVersionOf } = await import('../clients/helm/live-version.ts');
  const kubernetes = lazyWriter(parts.kubernetes);
  const { zfsVersions } = await import('../clients/zfs/versions.ts');
  const [{ proxmoxVersions }, { outletVersions }] = await Promise.all([
    import('../clients/proxmox/versions.ts'),
    import('../clients/power/versions.ts'),
  ]);
  const { zfs, proxmox, power } = parts;
  const readClients = {
    kubernetes: lazyReader(parts.kubernetes),
    helm: lazyHelmPlanner(parts.helm),
    ...(zfs && { zfs: lazyZfsReaders(zfs) }),
    ...(proxmox && { proxmox: lazyProxmoxReaders(proxmox) }),
    ...(power && { power: lazyPowerReader(power) }),
  };
  const judge: Judge = {
    checks,
    run: (world, now, only) =>
      runChecks(
        checks.filter(({ id }) => only.has(id)),
        world,
        { now, params: config.checks },
      ),
    compare,
  };
  return createGate({
    actions,
    readClients,
    writeClients: {
      kubernetes,
      helm: lazyHelmWriter(parts.helm),
      ...(zfs && { zfs: lazyZfsWriters(zfs) }),
      ...(proxmox && { proxmox: lazyProxmoxWriters(proxmox) }),
      ...(power && { power: lazyPowerWriter(power) }),
    },
    versions: {
      helm: helmVersionOf(readClients.kubernetes, readClients.helm),
      ...(readClients.zfs && { zfs: zfsVersions(readClients.zfs) }),
      ...(readClients.proxmox && { proxmox: proxmoxVersions(readClients.proxmox) }),
      ...(readClients.power && { power: outletVersions(readClients.power) }),
    },
    world: lazyWorld(parts.world),
    judge,
    lessons,
    journal,
    permits,
    policy: { mode, ...config.guard },
    clock,
    newId: randomId,
    instance: processInstance(randomId),
    identity: () =>
      identityOf([
        ...(seesCluster(options) ? [kubernetes] : []),
        ...(readClients.zfs ? [readClients.zfs] : []),
        ...(readClients.proxmox ? [readClients.proxmox] : []),
        ...(readClients.power ? [readClients.power] : []),
      ]),
  });
}

/** A house without a cluster is a house all the same; with nothing at all the error of the missing cluster is the answer. */
export const seesCluster = ({ cluster, zfs, proxmox }: Pick<PartsOptions, 'cluster' | 'zfs' | 'proxmox'>): boolean =>
  cluster !== undefined || (zfs.length === 0 && proxmox.length === 0);

/** Of all systems together: a plan is for exactly these. One alone keeps its own. */
async function identityOf(systems: readonly { identity(): Promise<string> }[]): Promise<string> {
  const all = await Promise.all(systems.map((system) => system.identity()));
  return all.length === 1 ? (all[0] ?? '') : sha256(all.join('\n'));
}
