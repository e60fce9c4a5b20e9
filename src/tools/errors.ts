import type * as z from 'zod';
import { isStewardError, messageOf, type StewardError } from '../core/errors.ts';
import type { ToolReply } from '../core/registry.ts';
import { type RenderOptions, renderError } from '../core/render.ts';

/** Where details go that must not reach a model. Fixed event names, fields as data. */
export interface Log {
  error(event: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface ErrorBoundary extends RenderOptions {
  readonly log?: Log | undefined;
  /** A fresh incident id. */
  readonly incident: () => string;
}

/** The one place that turns what a tool threw into a reply. A bug says nothing but an incident id. */
export function errorReply(tool: string, error: unknown, boundary: ErrorBoundary): ToolReply {
  if (!isStewardError(error) || error.kind === 'internal') return bugReply(tool, error, boundary);
  const { sentence, outside } = splitMessage(error);
  return {
    isError: true,
    code: error.code,
    text: renderError({ code: error.code, sentence, outside, hint: hintOf(error) }, boundary),
  };
}

function bugReply(tool: string, error: unknown, boundary: ErrorBoundary): ToolReply {
  const incident = boundary.incident();
  boundary.log?.error('tool_failed', {
    incident,
    tool,
    code: isStewardError(error) ? error.code : undefined,
    message: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  const sentence = `Unable to finish ${tool}: a fault in steward itself.`;
  const hint = `Incident ${incident}; details are in the server's log. Do not repeat the same call more than once.`;
  return {
    isError: true,
    code: 'internal_error',
    text: renderError({ code: 'internal_error', sentence, hint }, boundary),
  };
}

/** Kinds whose reason quotes an outside system. */
const OUTSIDE_KINDS: readonly string[] = ['target', 'provider', 'verify'];

/** `Unable to <verb> <what>: <reason>`: what comes before the reason is ours, the reason of an outside system is not. */
function splitMessage(error: StewardError): { sentence: string; outside: string | undefined } {
  const cut = OUTSIDE_KINDS.includes(error.kind) ? error.message.indexOf(': ') : -1;
  if (cut === -1) return { sentence: error.message, outside: undefined };
  return { sentence: `${error.message.slice(0, cut)}.`, outside: error.message.slice(cut + 2) };
}

function hintOf(error: StewardError): string | undefined {
  if (error.hint !== undefined) return error.hint;
  return error.retryable ? 'It may pass: try once more in a moment.' : undefined;
}

/** Bad arguments, each on its line, and what is allowed. Never repeats a value. */
export function invalidInput(tool: string, schema: z.ZodObject, error: z.ZodError, boundary: RenderOptions): ToolReply {
  const issues = error.issues.slice(0, 8).map(describeIssue).join(' ');
  return {
    isError: true,
    code: 'invalid_input',
    text: renderError(
      {
        code: 'invalid_input',
        sentence: `Unable to run ${tool}: ${issues}`,
        hint: `Allowed arguments: ${allowedArguments(schema)}.`,
      },
      boundary,
    ),
  };
}

export function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys')
    return `unknown argument ${issue.keys.map((key) => `"${key.slice(0, 60)}"`).join(', ')}${path === '' ? '' : ` in ${path}`}.`;
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return `${path} is missing.`;
  return `${path === '' ? 'input' : path}: ${issue.message}.`;
}

/** `kind, namespace?, limit?`: optional ones with a question mark. */
export const allowedArguments = (schema: z.ZodObject): string =>
  Object.entries(schema.shape)
    .map(([name, field]) => (isOptional(field) ? `${name}?` : name))
    .join(', ') || 'none';

const isOptional = (field: z.core.$ZodType): boolean => field._zod.optin !== undefined;
