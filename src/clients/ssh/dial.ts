import { createHash } from 'node:crypto';
import type { Client, ConnectConfig } from 'ssh2';
import { messageOf, StewardError } from '../../core/errors.ts';
import type { SshConfig } from './config.ts';

const plain = (fingerprint: string): string => fingerprint.replace(/=+$/, '');

/** A connection whose host key is the pinned one. `onGone` is called once it cannot be used any more. */
export async function dial(config: SshConfig, onGone: () => void): Promise<Client> {
  const { Client: SshClient } = await import('ssh2');
  const client = new SshClient();
  let seen: string | undefined;
  const options: ConnectConfig = {
    host: config.address,
    port: config.port ?? 22,
    username: config.user,
    privateKey: config.privateKey,
    ...(config.passphrase !== undefined && { passphrase: config.passphrase }),
    readyTimeout: config.connectTimeoutMs ?? 10_000,
    keepaliveInterval: 15_000,
    hostVerifier: (key: Buffer) => {
      seen = `SHA256:${plain(createHash('sha256').update(key).digest('base64'))}`;
      return seen === plain(config.hostKey);
    },
  };
  return new Promise((resolve, reject) => {
    // A command is a few small packets that wait for each other: held back, each would cost 40 ms.
    client.once('ready', () => resolve(client.setNoDelay(true)));
    client.on('error', (error) => {
      onGone();
      const isOther = seen !== undefined && seen !== plain(config.hostKey);
      reject(isOther ? changedKey(config, seen ?? '') : loginFault(config, error));
    });
    client.once('end', onGone);
    client.once('close', () => {
      onGone();
      // Nothing happens when it was ready before.
      reject(unreachable(config, new Error('the connection was closed while it was opened')));
    });
    client.connect(options);
  });
}

const changedKey = ({ name, hostKey }: SshConfig, seen: string): StewardError =>
  new StewardError(`Unable to trust ${name}: its host key is ${seen}, ${hostKey} was pinned.`, {
    kind: 'target',
    code: 'host_key_changed',
    hint: 'Find out why the key changed before you pin the new one; somebody may stand between.',
  });

// Emitter: ssh2's Client, which marks its own errors with `level`.
function loginFault(config: SshConfig, error: Error & { level?: string }): StewardError {
  if (error.level !== 'client-authentication') return unreachable(config, error);
  return new StewardError(`Unable to log in to ${config.name} as ${config.user}: the key was not accepted.`, {
    kind: 'target',
    code: 'host_login',
    hint: `Add the public key to the authorized_keys of ${config.user} on that host.`,
    cause: error,
  });
}

export const unreachable = ({ name, address, port = 22 }: SshConfig, error: unknown): StewardError =>
  new StewardError(`Unable to reach ${name} at ${address}:${port}: ${messageOf(error)}.`, {
    kind: 'target',
    code: 'host_unreachable',
    hint: 'Check that the host is up and that its SSH server listens there.',
    retryable: true,
    cause: error,
  });
