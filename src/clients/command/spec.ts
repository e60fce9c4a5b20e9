import type { Touch } from '../../core/change.ts';
import { StewardError } from '../../core/errors.ts';
import type { Permit } from '../../core/permit.ts';

/** One argument of a command: fixed text, or a slot that only takes what its pattern matches as a whole. */
export type Argument = string | { readonly slot: string; readonly pattern: RegExp };

/** One command that may run on a host, with every argument it can have. There are no free flags anywhere. */
export interface CommandSpec {
  readonly name: string;
  readonly argv: readonly Argument[];
  /** It changes something: a permit must cover it. */
  readonly writes: boolean;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandRequest {
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  /** What a writing command touches, and by which right. */
  readonly right?: { readonly touch: Touch; readonly permit: Permit | undefined };
}

/**
 * Runs commands on one host. Never through a shell that could read anything into an argument.
 * Errors: `denied` `command_not_allowed` and those of `CheckPermit`; `target` `host_unreachable | host_key_changed | host_login`, `host_lost` (the connection went while it ran: it **may still run**);
 * `timeout` `command_timeout`: the command **may still run** on the host, so a change is in doubt and must not be sent again.
 */
export interface CommandRunner {
  /** As people know it: `pve1`. */
  readonly host: string;
  /** Hash of what identifies the host (its SSH key). */
  identity(): Promise<string>;
  run(request: CommandRequest, signal: AbortSignal): Promise<CommandResult>;
  close(): Promise<void>;
}

/** The spec that this argument vector is an instance of. */
export const matchCommand = (specs: readonly CommandSpec[], argv: readonly string[]): CommandSpec | undefined =>
  specs.find(
    (spec) =>
      spec.argv.length === argv.length && spec.argv.every((expected, index) => fits(expected, argv[index] ?? '')),
  );

const fits = (expected: Argument, actual: string): boolean =>
  typeof expected === 'string' ? expected === actual : new RegExp(`^(?:${expected.pattern.source})$`).test(actual);

// The remote login shell reads the line once more. These characters mean nothing to any shell, so nothing needs quoting.
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Refuses an argument vector that is not on the host's list, or that a shell could read differently. */
export function demandAllowed(specs: readonly CommandSpec[], argv: readonly string[], host: string): CommandSpec {
  const spec = argv.every((argument) => PLAIN.test(argument)) ? matchCommand(specs, argv) : undefined;
  if (spec) return spec;
  throw new StewardError(
    `Unable to run "${argv.join(' ').slice(0, 200)}" on ${host}: it is not on the list of this host.`,
    {
      kind: 'denied',
      code: 'command_not_allowed',
      hint: 'Only the commands that steward knows can run; there is no free command line.',
    },
  );
}
