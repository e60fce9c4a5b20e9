import type { Clock } from '../core/clock.ts';
import { denied, notFound } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { KnownSecrets } from '../core/known-secrets.ts';
import { hasScope, type Principal, type Scope } from '../core/principal.ts';
import type { Caller, ListedTool, ToolRegistry, ToolReply } from '../core/registry.ts';
import { cleanText, renderOutput } from '../core/render.ts';
import type { ToolEffect } from '../core/tool.ts';
import type { AnyTool, ReadClients, Toolset } from './define.ts';
import { type ErrorBoundary, errorReply, invalidInput, type Log } from './errors.ts';
import { limitClients } from './scope.ts';

export interface RegistryOptions {
  readonly toolsets: readonly Toolset[];
  /** What is configured; a tool that needs more is not listed and not callable. */
  readonly clients: Partial<ReadClients>;
  readonly clock: Clock;
  readonly random: NewId;
  /** Exact values that must never leave: our own tokens, the credentials of the clients. */
  readonly known?: KnownSecrets;
  readonly log?: Log;
}

const SCOPE_OF: Readonly<Record<ToolEffect, Scope>> = { read: 'read', plan: 'plan', note: 'plan', apply: 'operate' };

/**
 * The one door to every tool: parses, authorizes at execution time, runs with only the clients that were named,
 * taints the session, and alone turns output and errors into text.
 */
export function createRegistry(options: RegistryOptions): ToolRegistry {
  const tools = usableTools(options.toolsets, options.clients);
  const listed = tools.map(listedTool);
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    list: () => listed,
    async call(name, args, caller) {
      const tool = byName.get(name);
      if (tool === undefined)
        throw notFound(
          'unknown_tool',
          'Unable to call a tool: there is none of this name.',
          `Tools: ${[...byName.keys()].join(', ')}.`,
        );
      return callTool(tool, args, caller, options);
    },
  };
}

function usableTools(toolsets: readonly Toolset[], clients: Partial<ReadClients>): AnyTool[] {
  const tools = toolsets.flatMap((toolset) => toolset.tools);
  const names = new Set<string>();
  for (const { name } of tools) {
    if (names.has(name)) throw new Error(`two tools are called ${name}`);
    names.add(name);
  }
  return tools.filter((tool) => tool.needs.every((need) => clientOf(clients, need) !== undefined));
}

const listedTool = ({ name, title, description, effect, input }: AnyTool): ListedTool => ({
  name,
  title,
  description,
  effect,
  input,
});

const clientOf = (clients: Partial<ReadClients>, name: string): unknown =>
  Object.hasOwn(clients, name) ? clients[name as keyof ReadClients] : undefined; // sound: only looked up, never called

async function callTool(tool: AnyTool, args: unknown, caller: Caller, options: RegistryOptions): Promise<ToolReply> {
  const boundary = boundaryOf(options);
  const parsed = tool.input.safeParse(args ?? {});
  if (!parsed.success) return invalidInput(tool.name, tool.input, parsed.error, boundary);
  try {
    authorize(tool, caller.session.principal);
    // Before the run: an error may carry outside text as well.
    for (const taint of tool.taints) caller.session.taint.add(taint);
    const found: unknown = await tool.run(parsed.data, {
      clients: pickClients(tool, caller.session.principal, options.clients),
      now: options.clock.now(),
      signal: caller.signal,
      session: caller.session,
      ask: caller.ask,
      progress: (message) => caller.progress(cleanText(message, options.known).slice(0, 500)),
    });
    const output = tool.render(found, parsed.data);
    return { isError: output.failed ?? false, text: renderOutput(output, boundary) };
  } catch (error) {
    return errorReply(tool.name, error, boundary);
  }
}

function authorize(tool: AnyTool, principal: Principal): void {
  const scope = SCOPE_OF[tool.effect];
  if (hasScope(principal, scope)) return;
  throw denied(
    'denied_scope',
    `Unable to run ${tool.name}: it needs the scope "${scope}", and ${principal.id} has ${principal.scopes.join(', ') || 'none'}.`,
    'Ask the owner for a token with that scope.',
  );
}

function pickClients(tool: AnyTool, principal: Principal, clients: Partial<ReadClients>): Record<string, unknown> {
  const limited = limitClients(clients, principal);
  return Object.fromEntries(tool.needs.map((need) => [need, clientOf(limited, need)]));
}

const boundaryOf = ({ random, known, log }: RegistryOptions): ErrorBoundary => ({
  random: () =>
    random('fence')
      .slice(-10)
      .replaceAll(/[^a-z0-9]/g, 'x'),
  incident: () => random('incident'),
  ...(known === undefined ? {} : { known }),
  log,
});
