import type { ErrorKind } from '../core/errors.ts';

/** What a command ends with; the numbers from 64 on are those of `sysexits.h`. */
export const EXIT = {
  done: 0,
  /** It was answered, and the answer is no: denied, refused, not executed, chain broken, findings below high. */
  no: 1,
  /** `doctor`: findings high or critical. `apply`: it ran and failed. */
  bad: 2,
  /** `doctor`: something could not be checked. `apply`: it ran, and whether it worked could not be seen. */
  unknown: 3,
  /** `plan`: it waits for a person. */
  waits: 4,
  usage: 64,
  notFound: 66,
  unavailable: 69,
  internal: 70,
  denied: 77,
  config: 78,
  /** Stopped with Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_KIND: Readonly<Record<ErrorKind, ExitCode>> = {
  input: EXIT.usage,
  config: EXIT.config,
  target: EXIT.unavailable,
  not_found: EXIT.notFound,
  denied: EXIT.denied,
  timeout: EXIT.unavailable,
  cancelled: EXIT.interrupted,
  provider: EXIT.unavailable,
  verify: EXIT.bad,
  internal: EXIT.internal,
};

export const exitCodeFor = (kind: ErrorKind): ExitCode => BY_KIND[kind];

export const EXIT_HELP = `Exit codes
  0    done; doctor: every check passed
  1    the answer is no: denied, refused, not executed, chain broken; doctor: findings below high
  2    doctor: findings high or critical; apply: it ran and failed
  3    doctor: something could not be checked; apply: it ran, and whether it worked could not be seen
  4    plan: it waits for a person
  64   wrong usage or input          66   not found
  69   a system cannot be reached    70   a fault in steward
  77   not allowed                   78   wrong configuration
  130  stopped with Ctrl-C`;
