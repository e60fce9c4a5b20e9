import type { Client } from 'ssh2';
import { timedOut } from '../command/right.ts';
import type { CommandRequest, CommandResult } from '../command/spec.ts';
import { collect } from './collect.ts';

/** The command was not started, for certain or as far as is known. Never leaves this folder. */
export class NotStarted extends Error {
  /** No channel was opened for it; else the host may have taken it and its answer was lost. */
  readonly isCertain: boolean;
  constructor(cause: unknown, isCertain: boolean) {
    super('the command was not started', { cause });
    this.name = 'NotStarted';
    this.isCertain = isCertain;
  }
}

// Emitter: ssh2's `openChannel`, which gives its errors a `reason`; "Not connected" is thrown before anything is sent.
const wasNotOpened = (error: unknown): boolean =>
  error instanceof Error && ('reason' in error || error.message === 'Not connected');

/** One connection with the commands that run on it. */
export class SshConnection {
  readonly #client: Client;
  readonly #host: string;
  readonly #forget: () => void;
  #running = 0;
  #isRetired = false;

  constructor(client: Client, host: string, forget: () => void) {
    this.#client = client;
    this.#host = host;
    this.#forget = forget;
  }

  /** Throws `NotStarted`, and the errors of `CommandRunner`. */
  async run(request: CommandRequest, signal: AbortSignal): Promise<CommandResult> {
    this.#running++;
    try {
      return await this.#execute(request, signal);
    } finally {
      this.#running--;
      if (this.#isRetired && this.#running === 0) this.end();
    }
  }

  /**
   * No further command runs here: the host has closed its side, or takes no more channels (a command that hangs keeps its
   * channel there for as long as it hangs). What runs comes to its end.
   */
  retire(): void {
    this.#forget();
    this.#isRetired = true;
    if (this.#running === 0) this.end();
  }

  end(): void {
    this.#client.end();
  }

  #execute(request: CommandRequest, signal: AbortSignal): Promise<CommandResult> {
    const { argv, timeoutMs } = request;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(timedOut(argv, this.#host, timeoutMs)), timeoutMs);
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        reject(new NotStarted(error, wasNotOpened(error)));
      };
      try {
        // Every argument is plain (demandAllowed), so joining them is the argument vector itself.
        this.#client.exec(argv.join(' '), { env: { LC_ALL: 'C' } }, (error, channel) => {
          if (error) return fail(error);
          clearTimeout(timer);
          // Listens at once: a short command's exit may be in the same packet.
          collect(channel, request, this.#host, signal).then(resolve, reject);
        });
      } catch (error) {
        fail(error);
      }
    });
  }
}
