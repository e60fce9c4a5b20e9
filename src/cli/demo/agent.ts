import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Transcript } from './transcript.ts';

/** A scripted agent behind a real MCP client; its person answers what the server asks. */
export interface Agent {
  /** The text of the result. */
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

export interface AgentOptions {
  readonly name: string;
  readonly url: string;
  readonly transcript: Transcript;
  /** What the person behind this client answers to every question. */
  readonly person: 'yes' | 'no';
  readonly signal: AbortSignal;
}

export async function openAgent({ name, url, transcript, person, signal }: AgentOptions): Promise<Agent> {
  const client = new Client(
    { name, version: '1.0.0' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' } },
  );
  client.setRequestHandler('elicitation/create', (request) => {
    transcript.says('steward asks the person', request.params.message);
    transcript.says('The person', person);
    return person === 'yes' ? { action: 'accept', content: { ok: true } } : { action: 'decline' };
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)), { signal });
  return {
    async call(tool, args) {
      transcript.calls(name, tool, args);
      const result = await client.callTool({ name: tool, arguments: args }, { signal, timeout: 60_000 });
      const text = result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
      transcript.answers(name, tool, args, text);
      return text;
    },
    close: () => client.close(),
  };
}
