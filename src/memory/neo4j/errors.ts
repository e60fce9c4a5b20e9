import { messageOf, StewardError } from '../../core/errors.ts';

interface Fault {
  readonly code: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

const UNREACHABLE: Fault = {
  code: 'lesson_store_unreachable',
  hint: 'Check that Neo4j runs and that memory.neo4j.url names it; consulting goes on from the local snapshot.',
  retryable: true,
};
const SLOW: Fault = {
  code: 'lesson_store_slow',
  hint: 'Look at the load of the Neo4j server, then retry.',
  retryable: true,
};

/** Codes of Neo4j and its driver (neo4j-driver 6, status codes of Neo4j 5.26 and 2026.08), by prefix. */
const FAULTS: readonly (readonly [prefix: string, Fault])[] = [
  ['ServiceUnavailable', UNREACHABLE],
  ['SessionExpired', UNREACHABLE],
  ['Neo.TransientError.General.DatabaseUnavailable', UNREACHABLE],
  [
    'Neo.ClientError.Security.',
    { code: 'lesson_store_unauthorized', hint: 'Check user and password of memory.neo4j.' },
  ],
  ['Neo.ClientError.Database.DatabaseNotFound', { code: 'lesson_store_missing', hint: 'Check memory.neo4j.database.' }],
  [
    'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase',
    { code: 'lesson_store_readonly', hint: 'Make the database writable.' },
  ],
  [
    'Neo.ClientError.General.WriteOnReadOnlyAccessDatabase',
    { code: 'lesson_store_readonly', hint: 'Make the database writable.' },
  ],
  [
    'Neo.ClientError.Cluster.NotALeader',
    { code: 'lesson_store_readonly', hint: 'Use a neo4j:// address, which finds the leader.' },
  ],
  ['Neo.ClientError.Transaction.TransactionTimedOut', SLOW],
  ['Neo.TransientError.', SLOW],
];

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** What the driver said, as an error of ours: kind `target`. */
export function storeError(verb: string, where: string, cause: unknown): StewardError {
  if (cause instanceof StewardError) return cause;
  const code = codeOf(cause);
  const fault = FAULTS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? {
    code: 'lesson_store_failed',
    hint: 'Look at the log of the Neo4j server.',
  };
  const reason = messageOf(cause).replace(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
  return new StewardError(`Unable to ${verb} the lesson store at ${where}: ${reason}.`, {
    kind: 'target',
    ...fault,
    cause,
  });
}
