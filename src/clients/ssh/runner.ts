import { createHash } from 'node:crypto';
import type { Client, ClientChannel, ConnectConfig } from 'ssh2';
import { sha256 } from '../../core/canonical.ts';
import { messageOf, StewardError } from '../../core/errors.ts';
import type { CheckPermit } from '../../core/permit.ts';
import { demandRight, timedOut } from '../command/right.ts';
import {
  type CommandRequest,
  type CommandResult,
  type CommandRunner,
  type CommandSpec,
  demandAllowed,
} from '../command/spec.ts';

export interface SshConfig {
  /** As people know the host. */
  readonly name: string;
  readonly address: string;
  readonly port?: number;
  readonly user: string;
  /** Private key in OpenSSH or PEM form. */
  readonly privateKey: string;
  readonly passphrase?: string;
  /** Pinned: `SHA256:<base64>` as `ssh-keygen -lf` prints it. There is no "accept new". */
  readonly hostKey: string;
  readonly specs: readonly CommandSpec[];
  readonly checkPermit: CheckPermit;
  readonly connectTimeoutMs?: number;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Commands that run side by side on one connection; sshd's MaxSessions is 10. */
const MAX_CHANNELS = 4;

/** Runs commands of the host's list over one SSH connection, a channel per command, the host key pinned. */
export function sshRunner(config: SshConfig): CommandRunner {
  return new SshRunner(config);
}

class SshRunner implements CommandRunner {
  readonly host: string;
  readonly #config: SshConfig;
  #client: Promise<Client> | undefined;
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(config: SshConfig) {
    this.#config = config;
    this.host = config.name;
  }

  async identity(): Promise<string> {
    return sha256(`ssh\n${this.#config.hostKey}`);
  }

  async run(request: CommandRequest, signal: AbortSignal): Promise<CommandResult> {
    const spec = demandAllowed(this.#config.specs, request.argv, this.host);
    if (spec.writes) demandRight(this.#config.checkPermit, request, this.host);
    signal.throwIfAborted();
    await this.#enter();
    try {
      return await this.#execute(request, signal);
    } finally {
      this.#leave();
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    client?.end();
    this.#client = undefined;
  }

  async #enter(): Promise<void> {
    if (this.#busy < MAX_CHANNELS) this.#busy++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve)); // the one that leaves hands its place over
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy--;
  }

  async #execute(request: CommandRequest, signal: AbortSignal): Promise<CommandResult> {
    const client = await this.#connect();
    const { argv, timeoutMs } = request;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(timedOut(argv, this.host, timeoutMs)), timeoutMs);
      // Every argument is plain (demandAllowed), so joining them is the argument vector itself.
      client.exec(argv.join(' '), { env: { LC_ALL: 'C' } }, (error, channel) => {
        clearTimeout(timer);
        if (error) reject(unreachable(this.#config, error));
        // Listens at once: a short command's exit may be in the same packet.
        else collect(channel, request, this.host, signal).then(resolve, reject);
      });
    });
  }

  async #connect(): Promise<Client> {
    const connecting = this.#client ?? this.#dial();
    this.#client = connecting;
    connecting.catch(() => (this.#client = undefined));
    return connecting;
  }

  async #dial(): Promise<Client> {
    const { Client: SshClient } = await import('ssh2');
    const client = new SshClient();
    const config = this.#config;
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
        seen = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
        return seen === config.hostKey.replace(/=+$/, '');
      },
    };
    const forget = () => (this.#client = undefined);
    return new Promise((resolve, reject) => {
      // A command is a few small packets that wait for each other: held back, each would cost 40 ms.
      client.once('ready', () => resolve(client.setNoDelay(true)));
      client.on('error', (error) => {
        forget();
        reject(
          seen !== undefined && seen !== config.hostKey.replace(/=+$/, '')
            ? changedKey(config, seen)
            : loginFault(config, error),
        );
      });
      client.once('close', forget);
      client.connect(options);
    });
  }
}

function collect(
  channel: ClientChannel,
  { argv, timeoutMs }: CommandRequest,
  host: string,
  signal: AbortSignal,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    let [size, exitCode] = [0, -1];
    const fail = (error: StewardError) => {
      done();
      channel.close();
      reject(error);
    };
    const timer = setTimeout(() => fail(timedOut(argv, host, timeoutMs)), timeoutMs);
    const onAbort = () =>
      fail(
        new StewardError(`Unable to finish "${argv.join(' ')}" on ${host}: the call was cancelled.`, {
          kind: 'cancelled',
          code: 'cancelled',
          hint: 'It may still run on the host.',
        }),
      );
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) fail(tooLong(argv, host));
      else chunks.push(chunk);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    channel.on('data', keep(out));
    channel.stderr.on('data', keep(err));
    // A program that was killed has no code.
    channel.on('exit', (code: number | null) => (exitCode = code ?? -1));
    channel.once('close', () => {
      done();
      resolve({ exitCode, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') });
    });
  });
}

const tooLong = (argv: readonly string[], host: string): StewardError =>
  new StewardError(`Unable to read all of "${argv.join(' ')}" on ${host}: it prints more than 64 MiB.`, {
    kind: 'target',
    code: 'command_output',
    hint: 'Ask for a smaller part.',
  });

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

const unreachable = ({ name, address, port = 22 }: SshConfig, error: unknown): StewardError =>
  new StewardError(`Unable to reach ${name} at ${address}:${port}: ${messageOf(error)}.`, {
    kind: 'target',
    code: 'host_unreachable',
    hint: 'Check that the host is up and that its SSH server listens there.',
    retryable: true,
    cause: error,
  });
