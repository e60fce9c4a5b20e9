import type { Readable, Writable } from 'node:stream';
import { type McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Log } from '../log.ts';
import type { SessionKeeper } from './build.ts';

export interface StdioOptions {
  readonly build: (keeper: SessionKeeper) => McpServer;
  readonly input: Readable;
  readonly output: Writable;
  readonly log: Log;
}

/** Serves one client over the process's own streams, both protocol eras; resolves when the client is gone or `signal` fires. */
export async function serveMcpOverStdio(options: StdioOptions, signal: AbortSignal): Promise<void> {
  const gone = Promise.withResolvers<void>();
  const handle = serveStdio(() => options.build('connection'), {
    transport: new StdioServerTransport(options.input, options.output),
    onerror: (error) => options.log.info({ error: error.message }, 'A message over stdio could not be served.'),
  });
  options.input.once('end', gone.resolve);
  options.input.once('close', gone.resolve);
  signal.addEventListener('abort', () => gone.resolve(), { once: true });
  if (signal.aborted) gone.resolve();
  await gone.promise;
  await handle.close();
}
