import type { ServerResponse } from 'node:http';

/** A refusal of the HTTP layer, in the shape that MCP clients read. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const error = { code: status === 400 ? -32_700 : -32_000, message, data: { code } };
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ jsonrpc: '2.0', error, id: null }));
}
