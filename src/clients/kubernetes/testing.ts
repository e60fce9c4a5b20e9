import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../core/clock.ts';
import type { CheckPermit } from '../../core/permit.ts';
import { createKubernetesClient, type KubernetesClient } from './client.ts';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

/** A kubeconfig for a plain server on loopback. */
export const kubeconfigText = (server: string): string =>
  JSON.stringify({
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: { token: 'test' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });

/** A client of a server that answers what `answer` says and keeps what it was asked. */
export async function withServer(
  answer: (request: SeenRequest, count: number) => { status: number; body: unknown; headers?: Record<string, string> },
  checkPermit: CheckPermit,
  use: (client: KubernetesClient, seen: SeenRequest[]) => Promise<void>,
): Promise<void> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const one = { method: request.method ?? '', url: request.url ?? '', body };
      const { status, body: reply, headers } = answer(one, seen.push(one));
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  const kubeconfig = { text: kubeconfigText(`http://127.0.0.1:${port}`) };
  const client = createKubernetesClient({
    kubeconfig,
    checkPermit,
    clock: systemClock,
    timeoutMs: 2000,
    backoffMs: [1, 1],
  });
  try {
    await use(client, seen);
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
