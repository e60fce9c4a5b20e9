import type { HelmPlanner } from '../clients/helm/contract.ts';
import type { KubeKind, KubeList, KubeObject, KubernetesReader, ListOptions } from '../clients/kubernetes/contract.ts';
import type { PowerReader } from '../clients/power/contract.ts';
import type { ProxmoxClusters } from '../clients/proxmox/contract.ts';
import type { ZfsHosts } from '../clients/zfs/contract.ts';
import type { Audit } from '../core/audit.ts';
import { denied, type StewardError } from '../core/errors.ts';
import type { CheckResult } from '../core/finding.ts';
import type { JournalReader } from '../core/gate.ts';
import { coversNamespace, type Principal } from '../core/principal.ts';
import type { WorldReader } from '../world/gather.ts';
import { type PartName, partSchemas } from '../world/parts.ts';
import { type Part, World, type WorldParts } from '../world/world.ts';
import type { ReadClients } from './define.ts';

/**
 * The same clients, seen through the namespaces of one principal: whatever a tool asks, nothing outside comes back.
 * A principal of every namespace gets the clients as they are.
 */
export function limitClients(clients: Partial<ReadClients>, principal: Principal): Partial<ReadClients> {
  if (coversNamespace(principal, undefined)) return clients;
  const { kubernetes, helm, zfs, proxmox, power, world, audit, journal } = clients;
  return {
    ...clients,
    ...(kubernetes && { kubernetes: limitKubernetes(kubernetes, principal) }),
    ...(helm && { helm: limitHelm(helm, principal) }),
    ...(zfs && { zfs: noHosts(principal) }),
    ...(proxmox && { proxmox: noMachines(principal) }),
    ...(power && { power: noOutlets(principal) }),
    ...(world && { world: limitWorld(world, principal) }),
    ...(audit && { audit: limitAudit(audit, principal) }),
    ...(journal && { journal: limitJournal(journal, principal) }),
  };
}

const outOfScope = (principal: Principal, namespace: string | undefined): StewardError =>
  denied(
    'denied_namespace',
    `Unable to read ${namespace === undefined ? 'cluster-scoped objects' : `namespace ${namespace}`}: ${principal.id} is limited to ${principal.namespaces.join(', ') || 'no namespace'}.`,
    'Ask for something inside these namespaces.',
  );

function limitKubernetes(client: KubernetesReader, principal: Principal): KubernetesReader {
  const require = (namespace: string | undefined): void => {
    if (!coversNamespace(principal, namespace)) throw outOfScope(principal, namespace);
  };
  const covered = (object: KubeObject): boolean => coversNamespace(principal, object.metadata.namespace);
  /** A list of one namespace must be covered; one of all namespaces is filtered. */
  const check = (kind: KubeKind, options: ListOptions): void => {
    if (!kind.namespaced) require(undefined);
    if (options.namespace !== undefined) require(options.namespace);
  };
  return {
    identity: () => client.identity(),
    version: (signal) => client.version(signal),
    kinds: (signal) => client.kinds(signal),
    kind: (name, signal) => client.kind(name, signal),
    async get(ref, signal) {
      require(ref.kind.namespaced ? (ref.namespace ?? 'default') : undefined);
      return client.get(ref, signal);
    },
    async list(kind, options, signal): Promise<KubeList> {
      check(kind, options);
      const page = await client.list(kind, options, signal);
      return { ...page, items: page.items.filter(covered) };
    },
    async listAll(kind, options, signal) {
      check(kind, options);
      return (await client.listAll(kind, options, signal)).filter(covered);
    },
    async logs(namespace, pod, options, signal) {
      require(namespace);
      return client.logs(namespace, pod, options, signal);
    },
    async dryRun(write, signal) {
      const namespace = 'ref' in write ? write.ref.namespace : write.object.metadata.namespace;
      require(namespace);
      return client.dryRun(write, signal);
    },
  };
}

const refuseHosts = (principal: Principal, what: string) => async (): Promise<never> => {
  throw denied(
    'denied_namespace',
    `Unable to read ${what}: ${principal.id} is limited to ${principal.namespaces.join(', ') || 'no namespace'}.`,
    'Ask for something inside these namespaces.',
  );
};

/** Hosts have no namespaces: who is limited to some sees none of them. */
function noHosts(principal: Principal): ZfsHosts {
  const refuse = refuseHosts(principal, 'ZFS hosts');
  return { names: refuse, host: refuse, identity: refuse };
}

function noMachines(principal: Principal): ProxmoxClusters {
  const refuse = refuseHosts(principal, 'Proxmox');
  return { names: refuse, cluster: refuse, identity: refuse };
}

function noOutlets(principal: Principal): PowerReader {
  const refuse = refuseHosts(principal, 'outlets');
  return { outlets: refuse, read: refuse, probe: refuse, attempts: refuse, identity: refuse };
}

function limitHelm(helm: HelmPlanner, principal: Principal): HelmPlanner {
  const require = (namespace: string | undefined): void => {
    if (!coversNamespace(principal, namespace)) throw outOfScope(principal, namespace);
  };
  return {
    async releases({ namespace }, signal) {
      if (namespace !== undefined) require(namespace);
      const found = await helm.releases(namespace === undefined ? {} : { namespace }, signal);
      return found.filter((release) => coversNamespace(principal, release.namespace));
    },
    async history(namespace, name, signal) {
      require(namespace);
      return helm.history(namespace, name, signal);
    },
    async release(namespace, name, revision, signal) {
      require(namespace);
      return helm.release(namespace, name, revision, signal);
    },
    version: (signal) => helm.version(signal),
    chart: (request, signal) => helm.chart(request, signal),
    async render(request, signal) {
      require(request.namespace);
      return helm.render(request, signal);
    },
  };
}

/** Objects carry their namespace; parts without one (nodes, volumes) become unknown, which no check takes for health. */
function limitWorld(reader: WorldReader, principal: Principal): WorldReader {
  return {
    async world(options) {
      const whole = await reader.world(options);
      const parts: Record<string, Part<unknown>> = {};
      for (const name of Object.keys(partSchemas) as Exclude<PartName, 'change'>[]) // sound: the keys of that object
        parts[name] = limitPart(
          /^(?:zfs|proxmox|power)/.test(name) ? outside(whole.part(name)) : whole.part(name),
          principal,
        );
      return new World(whole.at, parts as WorldParts); // sound: the same parts with fewer objects
    },
  };
}

/** Their keys begin with a host, which may be called like a namespace: nothing of them is for who is limited to namespaces. */
const outside = (part: Part<ReadonlyMap<string, unknown>>): Part<ReadonlyMap<string, unknown>> =>
  part.state === 'absent' ? part : { state: 'unknown', reason: 'hosts are outside of every namespace' };

function limitPart(part: Part<ReadonlyMap<string, unknown>>, principal: Principal): Part<unknown> {
  if (part.state !== 'known') return part;
  const clusterScoped = [...part.value.keys()].some((key) => !key.includes('/'));
  if (clusterScoped) return { state: 'unknown', reason: `outside the namespaces of ${principal.id}` };
  return {
    state: 'known',
    value: new Map([...part.value].filter(([key]) => coversNamespace(principal, namespaceOf(key)))),
  };
}

/** Of `namespace/name` and of `Kind namespace/name`. */
const namespaceOf = (key: string): string | undefined =>
  ON_HOSTS.test(key) ? undefined : /(?:^|\s)([^\s/]+)\/[^\s/]+$/.exec(key)?.[1];

/** Kinds whose first name is a host. */
const ON_HOSTS =
  /^(?:Pool|Dataset|Snapshot|Disk|Vdev|Host|Guest|GuestSnapshot|Guests|Storage|Backup|HA service|Volumes) /;

function limitAudit(audit: Audit, principal: Principal): Audit {
  const limit = (result: CheckResult): CheckResult => {
    const findings = result.findings.filter(({ target }) => coversNamespace(principal, namespaceOf(target)));
    // "pass" would be a claim about a cluster this principal does not see.
    return findings.length === result.findings.length
      ? result
      : {
          ...result,
          findings,
          ...(findings.length === 0 && { status: 'not_applicable' as const, reason: 'nothing in your namespaces' }),
        };
  };
  return { run: async (options) => (await audit.run(options)).map(limit) };
}

function limitJournal(journal: JournalReader, principal: Principal): JournalReader {
  return {
    list: async (query) => (await journal.list(query)).filter((entry) => entry.principal === principal.id),
    verify: () => journal.verify(),
  };
}
