import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { sha256 } from '../../core/canonical.ts';
import { StewardError } from '../../core/errors.ts';
import type { CheckPermit } from '../../core/permit.ts';
import { demandRight, timedOut } from './right.ts';
import {
  type CommandRequest,
  type CommandResult,
  type CommandRunner,
  type CommandSpec,
  demandAllowed,
} from './spec.ts';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs commands on the machine steward itself runs on, without a shell and with a bare environment. */
export function localRunner(options: {
  readonly specs: readonly CommandSpec[];
  readonly checkPermit: CheckPermit;
  /** Where programs are looked for, `:`-separated. */
  readonly path: string;
  /** Where programs are started; this process's own folder unless told. */
  readonly folder?: string;
  /** All they see of the environment besides the path. */
  readonly variables?: Readonly<Record<string, string>>;
}): CommandRunner {
  const host = hostname();
  return {
    host,
    identity: async () => sha256(`local\n${host}`),
    async run(request, signal) {
      const spec = demandAllowed(options.specs, request.argv, host);
      if (spec.writes) demandRight(options.checkPermit, request, host);
      return execute(request, options, host, signal);
    },
    close: async () => undefined,
  };
}

interface Place {
  readonly path: string;
  readonly folder?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

function execute(
  { argv, timeoutMs }: CommandRequest,
  { path, folder, variables }: Place,
  host: string,
  signal: AbortSignal,
): Promise<CommandResult> {
  const [program = '', ...rest] = argv;
  const options = {
    timeout: timeoutMs,
    signal,
    maxBuffer: MAX_OUTPUT_BYTES,
    env: { ...variables, PATH: path, LC_ALL: 'C' },
    ...(folder !== undefined && { cwd: folder }),
  };
  return new Promise((resolve, reject) => {
    execFile(program, rest, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ exitCode: 0, stdout, stderr });
      if (typeof error.code === 'number') return resolve({ exitCode: error.code, stdout, stderr });
      if (error.killed && !signal.aborted) return reject(timedOut(argv, host, timeoutMs, error));
      reject(
        new StewardError(`Unable to run ${program} on ${host}: ${error.message}.`, {
          kind: signal.aborted ? 'cancelled' : 'target',
          code: signal.aborted ? 'cancelled' : 'command_failed',
          hint: 'Check that the program is installed and in the path.',
          cause: error,
        }),
      );
    });
  });
}
