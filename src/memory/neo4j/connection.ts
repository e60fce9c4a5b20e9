import type { Driver, EagerResult } from 'neo4j-driver';
import { hashOf } from '../../core/canonical.ts';
import { StewardError } from '../../core/errors.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { storeError } from './errors.ts';
import { migrations } from './migrations.ts';
import * as cypher from './queries.ts';

export interface Neo4jConfig {
  /** `bolt://` for a single server, `neo4j://` for a cluster; `+s` for TLS. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly timeoutMs?: number;
}

export type Row = Readonly<Record<string, unknown>>;
export interface Statement {
  readonly text: string;
  readonly params?: Row;
}

/** One driver, one database, a timeout on everything. */
export class Neo4jConnection {
  readonly #driver: Driver;
  readonly #config: Neo4jConfig;
  readonly where: string;
  readonly dialect: Dialect;

  private constructor(driver: Driver, config: Neo4jConfig, dialect: Dialect) {
    this.#driver = driver;
    this.#config = config;
    this.where = whereOf(config);
    this.dialect = dialect;
  }

  /** Connects, finds the dialect, migrates. Errors: see `storeError`, and `lesson_store_unsupported | lesson_store_newer`. */
  static async open(config: Neo4jConfig, at: string): Promise<Neo4jConnection> {
    const driver = await createDriver(config);
    try {
      // Once and without trying again, as every query does: a server that is away is known at once.
      await driver.verifyConnectivity({ database: config.database ?? 'neo4j' });
      const probe = new Neo4jConnection(driver, config, { version: '', cypher25: false });
      const rows = await probe.read({ text: cypher.COMPONENTS });
      // The procedure yields exactly these columns.
      const dialect = dialectOf(rows as { name: string; versions: string[] }[]);
      const connection = new Neo4jConnection(driver, config, dialect);
      await migrate(connection, at);
      return connection;
    } catch (error) {
      await driver.close();
      throw storeError('open', whereOf(config), error);
    }
  }

  async read(statement: Statement): Promise<Row[]> {
    return this.#run('read', statement, 'READ');
  }

  async write(verb: string, statement: Statement): Promise<Row[]> {
    return this.#run(verb, statement, 'WRITE');
  }

  /** Several statements in one transaction; `next` sees the rows of the one before and may end by returning nothing. */
  async transact(verb: string, first: Statement, next: (rows: Row[]) => readonly Statement[]): Promise<Row[]> {
    const session = this.#driver.session({ database: this.#database });
    try {
      return await session.executeWrite(
        async (tx) => {
          const rows = rowsOf(await tx.run(this.#text(first.text), first.params));
          for (const { text, params } of next(rows)) await tx.run(this.#text(text), params);
          return rows;
        },
        { timeout: this.#timeoutMs },
      );
    } catch (error) {
      throw storeError(verb, this.where, error);
    } finally {
      await session.close();
    }
  }

  async close(): Promise<void> {
    await this.#driver.close();
  }

  get #database(): string {
    return this.#config.database ?? 'neo4j';
  }

  get #timeoutMs(): number {
    return this.#config.timeoutMs ?? 5_000;
  }

  /** Servers that speak both languages must be told which one this is. */
  #text(text: string): string {
    return this.dialect.cypher25 ? `CYPHER 5 ${text.trimStart()}` : text;
  }

  async #run(verb: string, { text, params }: Statement, routing: 'READ' | 'WRITE'): Promise<Row[]> {
    try {
      const result = await this.#driver.executeQuery(this.#text(text), params, {
        database: this.#database,
        routing,
        transactionConfig: { timeout: this.#timeoutMs },
      });
      return rowsOf(result);
    } catch (error) {
      throw storeError(verb, this.where, error);
    }
  }
}

const rowsOf = ({ records }: Pick<EagerResult, 'records'>): Row[] => records.map((record) => record.toObject());

const whereOf = ({ url }: Neo4jConfig): string => url.replace(/\/\/[^@/]*@/, '//');

// The driver takes 40 ms to load: only those who use Neo4j pay for it.
async function createDriver({ url, user, password, timeoutMs = 5_000 }: Neo4jConfig): Promise<Driver> {
  const { default: neo4j } = await import('neo4j-driver');
  const auth = user === undefined ? undefined : neo4j.auth.basic(user, password ?? '');
  try {
    return neo4j.driver(url, auth, {
      disableLosslessIntegers: true,
      telemetryDisabled: true,
      connectionTimeout: timeoutMs,
      connectionAcquisitionTimeout: timeoutMs,
      maxTransactionRetryTime: 2_000, // a person waits
      maxConnectionPoolSize: 10,
      userAgent: 'steward',
    });
  } catch (error) {
    throw new StewardError(`Unable to use "${whereOf({ url })}" as the address of Neo4j.`, {
      kind: 'config',
      code: 'lesson_store_address',
      hint: 'Use bolt://host:7687 or neo4j://host:7687 (with +s for TLS).',
      cause: error,
    });
  }
}

/** Brings the schema up to date. Statements are idempotent, so two servers may do it at once. */
async function migrate(connection: Neo4jConnection, at: string): Promise<void> {
  const done = await connection.read({ text: cypher.SCHEMA_VERSIONS });
  const newest = Math.max(0, ...done.map(({ version }) => Number(version)));
  if (newest > migrations.length)
    throw new StewardError(
      `Unable to open the lesson store at ${connection.where}: it has schema ${newest}, this steward knows up to ${migrations.length}.`,
      {
        kind: 'target',
        code: 'lesson_store_newer',
        hint: 'Nothing was changed. Start the newer steward that wrote it.',
      },
    );
  for (const [index, statements] of migrations.entries()) {
    if (index < newest) continue;
    for (const text of statements) await connection.write('migrate', { text });
    await connection.read({ text: cypher.AWAIT_INDEXES });
    const params = { version: index + 1, checksum: hashOf(statements), at };
    await connection.write('migrate', { text: cypher.RECORD_SCHEMA, params });
  }
}
