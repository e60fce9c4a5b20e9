import http from 'node:http';
import https from 'node:https';
import type { Connection } from './connection.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path below the server's own path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** A reply larger than this is cut off as an error: no read of ours needs it. */
const MAX_REPLY_BYTES = 128 * 1024 * 1024;

/** One HTTP exchange. Rejects with the socket's own error, with `AbortError`, or with `TimeoutError`. */
export async function exchange(connection: Connection, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
  const url = urlOf(connection.server, request);
  const options = await connection.options();
  const headers = {
    // The library sets plain name-value pairs, never the array form.
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    accept: request.accept ?? 'application/json',
    'user-agent': 'steward',
    ...(request.body !== undefined && {
      'content-type': request.contentType ?? 'application/json',
      'content-length': String(Buffer.byteLength(request.body)),
    }),
  };
  const client = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const sent = client.request(url, { ...options, method: request.method, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_REPLY_BYTES) response.destroy(new Error(`the reply is larger than ${MAX_REPLY_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(request.body);
  });
}

function urlOf(server: URL, { path, query = {} }: HttpRequest): URL {
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`;
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}
