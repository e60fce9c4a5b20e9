import { readFile } from 'node:fs/promises';
import type { ProxmoxConfig } from '../clients/proxmox/connection.ts';
import type { ProxmoxClusters, ProxmoxReader, ProxmoxWriter } from '../clients/proxmox/contract.ts';
import type { ProxmoxConnection } from '../config/sections.ts';
import type { Clock } from '../core/clock.ts';
import { configError, messageOf } from '../core/errors.ts';
import type { CheckPermit } from '../core/permit.ts';
import type { ProxmoxLab } from '../lab/proxmox/lab.ts';
import { type Lazy, lazy, standIn } from './lazy.ts';

/** A connection whose secret is read at its first use, or the one of a lab. */
export type ProxmoxSource = ProxmoxConnection | ProxmoxConfig;

export interface ProxmoxParts {
  readonly clusters: Lazy<ProxmoxClusters<ProxmoxWriter>>;
  close(): Promise<void>;
}

interface Needs {
  readonly permits: () => Promise<{ readonly check: CheckPermit }>;
  readonly clock: Clock;
  /** Hears secrets as they are read, so that no tool shows them. */
  readonly learn: (secrets: readonly string[]) => void;
}

/** Clients of the connections; nothing is read or connected before the first use. */
export function openProxmox(sources: readonly ProxmoxSource[], { permits, clock, learn }: Needs): ProxmoxParts {
  const clusters = lazy(async () => {
    const [{ createProxmoxClient }, { createProxmoxClusters }] = await Promise.all([
      import('../clients/proxmox/client.ts'),
      import('../clients/proxmox/clusters.ts'),
    ]);
    const { check } = await permits();
    const configs = await Promise.all(sources.map(async (source) => ('auth' in source ? source : configOf(source))));
    learn(configs.map(({ auth }) => ('secret' in auth ? auth.secret : auth.password)));
    const clients = configs.map((config) => createProxmoxClient({ config, checkPermit: check, clock }));
    return { ...createProxmoxClusters(clients), close: () => Promise.all(clients.map((client) => client.close())) };
  });
  return {
    clusters,
    async close() {
      await (await clusters.peek())?.close();
    },
  };
}

async function configOf({
  name,
  urls,
  token,
  secretFile,
  user,
  passwordFile,
  ca,
  fingerprints,
  ownIds,
}: ProxmoxConnection): Promise<ProxmoxConfig> {
  const read = async (file: string | undefined): Promise<string> => (file === undefined ? '' : textIn(file, name));
  const auth =
    token === undefined
      ? { user: user ?? '', password: await read(passwordFile) }
      : { token, secret: await read(secretFile) };
  const trust =
    ca !== undefined
      ? { ca: await read(ca) }
      : fingerprints !== undefined
        ? { fingerprints }
        : ({ system: true } as const);
  return { name, urls, auth, trust, ...(ownIds && { ownIds }) };
}

async function textIn(file: string, name: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw configError(
      'secret_unreadable',
      `Unable to reach Proxmox ${name}: ${file} cannot be read (${messageOf(error)}).`,
      'Correct proxmox in the configuration.',
      error,
    );
  }
}

const METHODS = { names: true, cluster: true, identity: true } as const satisfies Record<keyof ProxmoxClusters, true>;

/** For the guard alone. */
export const lazyProxmoxWriters = ({ clusters }: ProxmoxParts): ProxmoxClusters<ProxmoxWriter> =>
  standIn(clusters, METHODS);

/** For tools: connections without a way to write. */
export const lazyProxmoxReaders = ({ clusters }: ProxmoxParts): ProxmoxClusters =>
  standIn(
    lazy(async () => {
      const [writers, { readOnly }] = await Promise.all([clusters(), import('../clients/proxmox/clusters.ts')]);
      return {
        names: () => writers.names(),
        cluster: async (name: string): Promise<ProxmoxReader> => readOnly(await writers.cluster(name)),
        identity: () => writers.identity(),
      };
    }),
    METHODS,
  );

/** The cluster of a lab, as a configuration would name it. */
export const labConnections = (lab: ProxmoxLab | undefined): readonly ProxmoxConfig[] =>
  lab === undefined
    ? []
    : [
        {
          name: lab.cluster.state.name ?? 'home',
          urls: [lab.url],
          auth: { token: lab.token.id, secret: lab.token.secret },
          trust: { system: true },
        },
      ];
