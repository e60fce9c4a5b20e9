import { readFile } from 'node:fs/promises';
import type { CommandRunner } from '../clients/command/spec.ts';
import type { ZfsHosts, ZfsReader, ZfsWriter } from '../clients/zfs/contract.ts';
import type { ZfsHostConfig } from '../config/sections.ts';
import { configError, messageOf } from '../core/errors.ts';
import type { CheckPermit } from '../core/permit.ts';
import type { ZfsLabService } from '../lab/zfs/lab.ts';
import { type Lazy, lazy, standIn } from './lazy.ts';

/** A host with its key at hand, or one whose key is read at its first use. */
export type ZfsHostSource =
  | ZfsHostConfig
  | (Pick<ZfsLabService, 'name' | 'port' | 'user' | 'privateKey' | 'hostKey'> & { readonly address: string });

export interface ZfsParts {
  readonly hosts: Lazy<ZfsHosts<ZfsWriter>>;
  close(): Promise<void>;
}

/** Clients of the hosts; nothing is read or connected before the first command. */
export function openZfs(
  sources: readonly ZfsHostSource[],
  {
    permits,
    programPath,
  }: { readonly permits: () => Promise<{ readonly check: CheckPermit }>; readonly programPath: string },
): ZfsParts {
  const runners: CommandRunner[] = [];
  const hosts = lazy(async () => {
    const [{ createZfsClient }, { createZfsHosts }, { lazyRunner }] = await Promise.all([
      import('../clients/zfs/client.ts'),
      import('../clients/zfs/hosts.ts'),
      import('../clients/command/lazy.ts'),
    ]);
    const { check } = await permits();
    const clients = sources.map((source) => {
      const runner = lazyRunner(source.name, () => openRunner(source, check, programPath));
      runners.push(runner);
      return createZfsClient({ runner });
    });
    return createZfsHosts(clients);
  });
  return {
    hosts,
    async close() {
      await Promise.all(runners.map((runner) => runner.close()));
    },
  };
}

async function openRunner(source: ZfsHostSource, checkPermit: CheckPermit, path: string): Promise<CommandRunner> {
  const { zfsCommands: specs } = await import('../clients/zfs/commands.ts');
  if ('local' in source) {
    const { localRunner } = await import('../clients/command/local.ts');
    return { ...localRunner({ specs, checkPermit, path }), host: source.name };
  }
  const { sshRunner } = await import('../clients/ssh/runner.ts');
  const { name, address, port, user, hostKey } = source;
  const privateKey = 'privateKey' in source ? source.privateKey : await keyIn(source.keyFile, name);
  return sshRunner({ name, address, port, user, hostKey, privateKey, specs, checkPermit });
}

async function keyIn(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw configError(
      'key_unreadable',
      `Unable to reach ${name}: its key ${file} cannot be read (${messageOf(error)}).`,
      'Correct zfs.hosts in the configuration.',
      error,
    );
  }
}

const METHODS = { names: true, host: true, identity: true } as const satisfies Record<keyof ZfsHosts, true>;

/** For tools: hosts without a way to write. */
export const lazyZfsReaders = ({ hosts }: ZfsParts): ZfsHosts =>
  standIn(
    lazy(async () => {
      const [writers, { readOnly }] = await Promise.all([hosts(), import('../clients/zfs/hosts.ts')]);
      return {
        names: () => writers.names(),
        host: async (name: string): Promise<ZfsReader> => readOnly(await writers.host(name)),
        identity: () => writers.identity(),
      };
    }),
    METHODS,
  );

/** For the guard alone. */
export const lazyZfsWriters = ({ hosts }: ZfsParts): ZfsHosts<ZfsWriter> => standIn(hosts, METHODS);

/** The hosts of a lab, as a configuration would name them. */
export const labHosts = (services: readonly ZfsLabService[] | undefined): readonly ZfsHostSource[] =>
  (services ?? []).map(({ name, host, port, user, privateKey, hostKey }) => ({
    name,
    address: host,
    port,
    user,
    privateKey,
    hostKey,
  }));
