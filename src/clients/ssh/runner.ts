import { sha256 } from '../../core/canonical.ts';
import { demandRight } from '../command/right.ts';
import { type CommandRequest, type CommandResult, type CommandRunner, demandAllowed } from '../command/spec.ts';
import type { SshConfig } from './config.ts';
import { NotStarted, SshConnection } from './connection.ts';
import { dial, unreachable } from './dial.ts';

/** Commands that run side by side on one connection; sshd's MaxSessions is 10. */
const MAX_CHANNELS = 4;

/** Runs commands of the host's list over one SSH connection, a channel per command, the host key pinned. */
export function sshRunner(config: SshConfig): CommandRunner {
  return new SshRunner(config);
}

class SshRunner implements CommandRunner {
  readonly host: string;
  readonly #config: SshConfig;
  #connection: Promise<SshConnection> | undefined;
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
      return await this.#execute(request, spec.writes, signal);
    } finally {
      this.#leave();
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    connection?.end();
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

  /** On a connection that turns out to be dead, what was surely not run is run once more on a fresh one. */
  async #execute(request: CommandRequest, writes: boolean, signal: AbortSignal): Promise<CommandResult> {
    const first = await this.#connect();
    try {
      return await first.run(request, signal);
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error;
      first.retire();
      if (writes && !error.isCertain) throw unreachable(this.#config, error.cause);
    }
    const second = await this.#connect();
    try {
      return await second.run(request, signal);
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error;
      second.retire();
      throw unreachable(this.#config, error.cause);
    }
  }

  async #connect(): Promise<SshConnection> {
    const connecting = this.#connection ?? this.#open();
    this.#connection = connecting;
    return connecting;
  }

  #open(): Promise<SshConnection> {
    // Only this one is forgotten: a later one may be in use when the old one tells that it is gone.
    const forget = (): void => {
      if (this.#connection === opened) this.#connection = undefined;
    };
    const opened: Promise<SshConnection> = dial(this.#config, forget).then(
      (client) => new SshConnection(client, this.host, forget),
    );
    opened.catch(forget);
    return opened;
  }
}
