import type { App } from '../app.ts';
import type { Config } from '../config/load.ts';
import { randomId } from '../core/ids.ts';
import type { HttpServer } from '../server/http/listen.ts';
import { clock } from './cli.ts';

/** The servers of one app; loaded only by commands that serve. */
export async function mcpFactoryFor(app: App, version: string) {
  const { createMcpFactory } = await import('../server/mcp/build.ts');
  const { registry, lessons, log } = app;
  return createMcpFactory({ registry, lessons, skills: await app.skills(), version, clock, newId: randomId, log });
}

export interface Serving {
  readonly server: HttpServer;
  readonly hasTokens: boolean;
}

/** Starts MCP over HTTP as configured. Errors: those of `listenHttp`. */
export async function serveOverHttp(app: App, { server }: Pick<Config, 'server'>, version: string): Promise<Serving> {
  const [{ listenHttp }, { TokenStore }] = await Promise.all([
    import('../server/http/listen.ts'),
    import('../server/tokens.ts'),
  ]);
  const tokens = new TokenStore(server.tokensFile, clock);
  const build = await mcpFactoryFor(app, version);
  return {
    server: await listenHttp({ build, ...server, tokens, clock, log: app.log }),
    hasTokens: (await tokens.list()).length > 0,
  };
}

/** Resolves when the person stops the program; that is the ordinary end. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
