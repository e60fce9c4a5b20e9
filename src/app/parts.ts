import { join } from 'node:path';
import type { HelmClient } from '../clients/helm/client.ts';
import { configError, messageOf } from '../core/errors.ts';
import type { Operator } from '../core/gate.ts';
import type { Log } from '../server/log.ts';
import type { WorldReader } from '../world/gather.ts';
import type { ImagePlatforms } from '../world/kubernetes/images.ts';
import type { ReadingStore } from '../world/readings/contract.ts';
import { createAudit, loadChecks } from './checks.ts';
import type { Parts, PartsOptions } from './contract.ts';
import { type Credentials, openCredentials } from './credentials.ts';
import { openGate, seesCluster } from './gate.ts';
import { type Lazy, lazy } from './lazy.ts';
import { learningGate, openLearning } from './learning.ts';
import { openMemory } from './memory.ts';
import { openPast } from './past.ts';
import { countWays, lazyPowerReader, openPower } from './power.ts';
import { lazyProxmoxReaders, openProxmox } from './proxmox.ts';
import { lazyZfsReaders, openZfs } from './zfs.ts';

export function openParts(options: PartsOptions): Parts {
  const { clock } = options;
  const record = lazy(() => openRecord(options));
  const credentials = openCredentials();
  const kubernetes = lazy(() => openKubernetes(options, record, credentials));
  const helm = lazy(() => openHelm(options, { record, kubernetes }));
  const zfs =
    options.zfs.length === 0
      ? undefined
      : openZfs(options.zfs, {
          permits: async () => (await record()).permits,
          programPath: options.config.programPath,
        });
  const proxmox =
    options.proxmox.length === 0
      ? undefined
      : openProxmox(options.proxmox, {
          permits: async () => (await record()).permits,
          clock,
          learn: (secrets) => credentials.add(secrets),
        });
  const power =
    countWays(options.power) === 0
      ? undefined
      : openPower(options.power, {
          record,
          programPath: options.config.programPath,
          learn: (secrets) => credentials.add(secrets),
        });
  const past = lazy(() => openPast(options));
  const world = lazy(() => openWorld(options, { kubernetes, helm, zfs, proxmox, power, past }));
  const checks = lazy(() => loadChecks(options.config.checks));
  const memory = lazy(() => openMemory(options));
  const lessons = lazy(async () => (await memory()).lessons);
  const learning = lazy(async () => openLearning(await memory(), { journal: (await record()).journal, clock }));
  const audit = lazy(async () =>
    createAudit({ reader: await world(), checks: await checks(), params: options.config.checks, clock }),
  );
  const operator = lazy(() =>
    openGate(options, { record, kubernetes, helm, zfs, proxmox, power, world, checks, lessons }),
  );
  const gate = lazy(async () => {
    const opened = await operator();
    await recover(opened, options.log);
    return learningGate(opened, learning, options.log);
  });
  return {
    record,
    kubernetes,
    helm,
    zfs,
    proxmox,
    power,
    world,
    checks,
    audit,
    memory,
    lessons,
    learning,
    operator,
    gate,
    credentials,
    async close() {
      await proxmox?.close();
      await zfs?.close();
      await (await helm.peek())?.close();
      (await kubernetes.peek())?.close();
      (await past.peek())?.close();
      await (await memory.peek())?.close();
      (await record.peek())?.journal.close();
    },
  };
}

type WorldParts = Pick<Parts, 'kubernetes' | 'helm' | 'zfs' | 'proxmox' | 'power'> & {
  readonly past: Lazy<ReadingStore | undefined>;
};

async function openWorld(options: PartsOptions, parts: WorldParts): Promise<WorldReader> {
  const { kubernetes, helm, zfs, proxmox, power, past } = parts;
  const { createWorldReader } = await import('../world/create-reader.ts');
  const images = options.images ?? (await openRegistry(options));
  const readings = await past();
  return createWorldReader({
    ...(seesCluster(options) && { kubernetes: await kubernetes(), helm: await helm() }),
    ...(zfs && { zfs: lazyZfsReaders(zfs) }),
    ...(proxmox && { proxmox: lazyProxmoxReaders(proxmox) }),
    ...(power && { power: lazyPowerReader(power) }),
    clock: options.clock,
    ...(images && { images }),
    ...(readings && { readings }),
  });
}

async function openRecord({ config, clock, log }: PartsOptions) {
  const [{ openJournal }, { createPermits }] = await Promise.all([
    import('../guard/journal/open.ts'),
    import('../guard/permits.ts'),
  ]);
  const { journal, problem } = openJournal({ path: join(config.dataDir, 'journal.db'), clock });
  if (problem !== undefined) log.error({ problem }, 'The journal cannot be written: every change is refused.');
  return { journal, permits: createPermits({ journal, clock }) };
}

async function openKubernetes(
  { cluster, config, clock }: PartsOptions,
  record: Parts['record'],
  credentials: Credentials,
) {
  if (cluster === undefined)
    throw configError(
      'no_cluster',
      'Unable to reach a cluster: none is configured.',
      'Name a kubeconfig with --kubeconfig, or try the built-in lab with --lab.',
    );
  const { createKubernetesClient } = await import('../clients/kubernetes/client.ts');
  const { permits } = await record();
  await credentials.learn(cluster);
  const { context } = config.kubernetes;
  return createKubernetesClient({
    kubeconfig: cluster,
    ...(context === undefined ? {} : { context }),
    checkPermit: permits.check,
    clock,
  });
}

async function openHelm(
  { cluster, config }: PartsOptions,
  { record, kubernetes }: Pick<Parts, 'record' | 'kubernetes'>,
): Promise<HelmClient> {
  const { HelmClient } = await import('../clients/helm/client.ts');
  const { permits } = await record();
  const { binary, ...sources } = config.helm;
  return new HelmClient({
    kubernetes: await kubernetes(),
    kubeconfig: cluster,
    context: config.kubernetes.context,
    checkPermit: permits.check,
    binary,
    path: config.programPath,
    sources,
    folder: join(config.dataDir, 'helm'),
  });
}

/** Registries are outside the lab and count what they are asked: only with leave. */
async function openRegistry({ config, clock }: PartsOptions): Promise<ImagePlatforms | undefined> {
  if (!config.images.registry) return undefined;
  const { RegistryClient } = await import('../clients/registry/client.ts');
  return new RegistryClient({ clock });
}

/** Closes what a crash left open, once. When the cluster cannot be seen now, what is open stays open and is tried at the next start. */
async function recover(gate: Operator, log: Log): Promise<void> {
  try {
    const outcomes = await gate.recover(AbortSignal.timeout(RECOVER_MS));
    if (outcomes.length > 0)
      log.warn({ plans: outcomes.map(({ planId }) => planId) }, 'Changes that a crash left open were closed.');
  } catch (error) {
    log.error({ error: messageOf(error) }, 'What a crash left open could not be closed.');
  }
}

const RECOVER_MS = 60_000;
