import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One turn of the model: call a tool, or say something and end. `results` are the texts of all tool results so far. */
export type Turn = (
  results: readonly string[],
) => { readonly tool: string; readonly input: unknown } | { readonly text: string };

export interface ScriptedModel {
  readonly url: string;
  /** Bodies of every request to /v1/messages, for "what was the model shown". */
  readonly requests: readonly MessagesRequest[];
  close(): Promise<void>;
}

export interface MessagesRequest {
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string; readonly description?: string }[];
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

interface Block {
  readonly type: string;
  readonly content?: string | readonly { readonly type: string; readonly text?: string }[];
}

/**
 * A model server that follows a script: the Anthropic Messages API, streaming and not, enough for Claude Code.
 * Requests without tools (titles, summaries) get one word and do not move the script on.
 */
export async function startScriptedModel(turns: readonly Turn[]): Promise<ScriptedModel> {
  const requests: MessagesRequest[] = [];
  const server = createServer((request, response) => void answer(request, response, turns, requests));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  turns: readonly Turn[],
  requests: MessagesRequest[],
): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const path = (request.url ?? '').split('?')[0];
  if (path === '/v1/messages/count_tokens') return json(response, { input_tokens: 1000 });
  if (path === '/v1/models') return json(response, { data: [{ id: 'scripted', type: 'model' }] });
  if (path !== '/v1/messages')
    return json(response, { type: 'error', error: { type: 'not_found_error', message: 'no' } }, 404);
  const body = JSON.parse(text) as MessagesRequest;
  requests.push(body);
  const results = toolResults(body);
  const turn = (body.tools?.length ?? 0) > 0 ? turns[results.length] : undefined;
  const block = blockOf(turn?.(results) ?? { text: 'Done.' }, requests.length);
  if (body.stream) stream(response, block);
  else json(response, message([block]));
}

function toolResults({ messages }: MessagesRequest): string[] {
  return messages
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter(({ type }) => type === 'tool_result')
    .map(({ content }) =>
      typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join('\n'),
    );
}

type OutBlock = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: unknown };

const blockOf = (said: ReturnType<Turn>, count: number): OutBlock =>
  'tool' in said
    ? { type: 'tool_use', id: `toolu_${String(count).padStart(6, '0')}`, name: said.tool, input: said.input }
    : { type: 'text', text: said.text };

const message = (content: readonly OutBlock[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'scripted',
  content,
  stop_reason: content[0]?.type === 'tool_use' ? 'tool_use' : 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 10 },
});

function stream(response: ServerResponse, block: OutBlock): void {
  const start = { ...message([block]), content: [], stop_reason: null };
  const delta =
    block.type === 'text'
      ? { type: 'text_delta', text: block.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
  const empty = block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const events = [
    { type: 'message_start', message: start },
    { type: 'content_block_start', index: 0, content_block: empty },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: block.type === 'tool_use' ? 'tool_use' : 'end_turn', stop_sequence: null },
      usage: { output_tokens: 10 },
    },
    { type: 'message_stop' },
  ];
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
