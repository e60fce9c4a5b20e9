import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { type AuthInfo, isInitializeRequest, type McpServer } from '@modelcontextprotocol/server';
import type { Clock } from '../../core/clock.ts';
import { refuse } from './reply.ts';

const IDLE_MS = 30 * 60_000;
const MAX_SESSIONS = 200;
const MAX_PER_OWNER = 20;

interface LegacySession {
  readonly transport: NodeStreamableHTTPServerTransport;
  readonly owner: string;
  usedAt: number;
}

/**
 * Protocol sessions of clients that speak 2025-11-25 or older: bounded, closed when idle, and open only to the
 * principal that started them. The id of somebody else's session is an unknown id.
 */
export class LegacySessions {
  readonly #sessions = new Map<string, LegacySession>();
  readonly #build: () => McpServer;
  readonly #clock: Clock;

  constructor(build: () => McpServer, clock: Clock) {
    this.#build = build;
    this.#clock = clock;
  }

  async handle(request: IncomingMessage & { auth?: AuthInfo }, response: ServerResponse, body: unknown): Promise<void> {
    await this.#closeIdle();
    const owner = request.auth?.clientId ?? 'local';
    const id = request.headers['mcp-session-id'];
    if (id === undefined) return this.#open(owner, request, response, body);
    const session = typeof id === 'string' ? this.#sessions.get(id) : undefined;
    if (session === undefined || session.owner !== owner)
      return refuse(response, 404, 'unknown_session', 'Unable to find this session: initialize again.');
    session.usedAt = +this.#clock.now();
    await session.transport.handleRequest(request, response, body);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  async #open(
    owner: string,
    request: IncomingMessage & { auth?: AuthInfo },
    response: ServerResponse,
    body: unknown,
  ): Promise<void> {
    if (!isInitializeRequest(body))
      return refuse(response, 400, 'no_session', 'Unable to serve this request: it has no session.');
    await this.#makeRoom(owner);
    if (this.#sessions.size >= MAX_SESSIONS)
      return refuse(response, 503, 'too_many_sessions', 'Unable to open a session: too many are open.', {
        'retry-after': '60',
      });
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        this.#sessions.set(id, { transport, owner, usedAt: +this.#clock.now() });
      },
    });
    await this.#build().connect(transport);
    const closed = transport.onclose; // the server's own: it ends what still runs
    transport.onclose = () => {
      if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
      closed?.();
    };
    await transport.handleRequest(request, response, body);
  }

  async #closeIdle(): Promise<void> {
    const limit = +this.#clock.now() - IDLE_MS;
    const idle = [...this.#sessions.values()].filter(({ usedAt }) => usedAt < limit);
    await Promise.all(idle.map(({ transport }) => transport.close()));
  }

  /** A client that forgets to end its sessions loses its own oldest one, never somebody else's. */
  async #makeRoom(owner: string): Promise<void> {
    const own = [...this.#sessions.values()].filter((session) => session.owner === owner);
    if (own.length < MAX_PER_OWNER) return;
    own.sort((a, b) => a.usedAt - b.usedAt);
    await own[0]?.transport.close();
  }
}
