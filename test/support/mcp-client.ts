import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

/** How a person behind the client answers. `none` = the client cannot ask. */
export type Person = 'accept' | 'accept_false' | 'decline' | 'cancel' | 'none';
export type Kind = 'modern' | 'legacy' | 'sdk-v1';
export type Where =
  | { readonly url: string; readonly headers?: Record<string, string> }
  | { readonly command: string; readonly args: string[]; readonly env?: Record<string, string>; readonly cwd?: string };

export interface Called {
  readonly text: string;
  readonly isError: boolean;
}

/** One face for every client generation, so that one suite serves all. */
export interface TestClient {
  readonly questions: string[];
  call(
    name: string,
    args: Record<string, unknown>,
    options?: { signal?: AbortSignal; onprogress?: (message: string | undefined) => void },
  ): Promise<Called>;
  listBytes(): Promise<string>;
  instructions(): string | undefined;
  close(): Promise<void>;
}

const answerOf = (person: Person) => {
  if (person === 'accept') return { action: 'accept' as const, content: { ok: true } };
  if (person === 'accept_false') return { action: 'accept' as const, content: { ok: false } };
  return { action: person === 'cancel' ? ('cancel' as const) : ('decline' as const) };
};

export async function openClient(
  kind: Kind,
  where: Where,
  person: Person = 'none',
  name = 'test-client',
): Promise<TestClient> {
  return kind === 'sdk-v1' ? openOld(where, person, name) : openNew(kind, where, person, name);
}

async function openNew(kind: Kind, where: Where, person: Person, name: string): Promise<TestClient> {
  const questions: string[] = [];
  const client = new Client(
    { name, version: '1.0.0' },
    {
      capabilities: person === 'none' ? {} : { elicitation: { form: {} } },
      versionNegotiation: { mode: kind === 'modern' ? { pin: '2026-07-28' } : 'legacy' },
    },
  );
  if (person !== 'none')
    client.setRequestHandler('elicitation/create', (request) => {
      questions.push(request.params.message);
      return answerOf(person);
    });
  await client.connect(
    'url' in where
      ? new StreamableHTTPClientTransport(new URL(where.url), { requestInit: { headers: where.headers ?? {} } })
      : new StdioClientTransport({ ...where, stderr: 'pipe' }),
  );
  return {
    questions,
    async call(tool, args, { signal, onprogress } = {}) {
      const result = await client.callTool(
        { name: tool, arguments: args },
        { ...(signal && { signal }), ...(onprogress && { onprogress: (p) => onprogress(p.message) }) },
      );
      return toCalled(result);
    },
    listBytes: async () => JSON.stringify((await client.listTools(undefined, { cacheMode: 'bypass' })).tools),
    instructions: () => client.getInstructions(),
    close: () => client.close(),
  };
}

async function openOld(where: Where, person: Person, name: string): Promise<TestClient> {
  const questions: string[] = [];
  const client = new OldClient(
    { name, version: '1.0.0' },
    { capabilities: person === 'none' ? {} : { elicitation: {} } },
  );
  if (person !== 'none')
    client.setRequestHandler(ElicitRequestSchema, (request) => {
      questions.push(request.params.message);
      return answerOf(person);
    });
  const transport =
    'url' in where
      ? new OldHttp(new URL(where.url), { requestInit: { headers: where.headers ?? {} } })
      : new OldStdio({ ...where, stderr: 'pipe' });
  // The old SDK's transport types miss `| undefined` under exactOptionalPropertyTypes; the objects fit.
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  return {
    questions,
    async call(tool, args, { signal, onprogress } = {}) {
      const result = await client.callTool({ name: tool, arguments: args }, undefined, {
        ...(signal && { signal }),
        ...(onprogress && { onprogress: (p) => onprogress(p.message) }),
      });
      return toCalled(result);
    },
    listBytes: async () => JSON.stringify((await client.listTools()).tools),
    instructions: () => client.getInstructions(),
    close: () => client.close(),
  };
}

function toCalled(result: object): Called {
  const { content = [], isError } = result as { content?: { text?: string }[]; isError?: unknown };
  const [first] = content;
  return { text: first?.text ?? '', isError: isError === true };
}
