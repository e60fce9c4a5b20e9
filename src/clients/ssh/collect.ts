import type { ClientChannel } from 'ssh2';
import { StewardError } from '../../core/errors.ts';
import { timedOut } from '../command/right.ts';
import type { CommandRequest, CommandResult } from '../command/spec.ts';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What a command prints until it ends. A channel that closes without an end of the command means that the connection went. */
export function collect(
  channel: ClientChannel,
  { argv, timeoutMs }: CommandRequest,
  host: string,
  signal: AbortSignal,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    let size = 0;
    let exitCode: number | undefined;
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
      if (exitCode === undefined) return reject(lost(argv, host));
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

const lost = (argv: readonly string[], host: string): StewardError =>
  new StewardError(`Unable to see the end of "${argv.join(' ')}" on ${host}: the connection was lost.`, {
    kind: 'target',
    code: 'host_lost',
    hint: 'It may still run on the host: look at the state before anything else is tried.',
    retryable: true,
  });
