import type * as z from 'zod';
import type { Ask } from './gate.ts';
import type { Session } from './principal.ts';
import type { ToolEffect } from './tool.ts';

/** Who calls, and how to reach the person behind. */
export interface Caller {
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly ask: Ask;
  progress(message: string): void;
}

/** What leaves the house: already redacted, fenced and cut. */
export interface ToolReply {
  readonly isError: boolean;
  readonly text: string;
  /** The error's code when `isError`. */
  readonly code?: string;
}

/** What `tools/list` says about a tool; the same for every caller and every call. */
export interface ListedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly effect: ToolEffect;
  readonly input: z.ZodObject;
}

/** The one door to every tool, whatever the entrance: MCP, CLI, chat, alerts. */
export interface ToolRegistry {
  list(): readonly ListedTool[];
  /**
   * Never throws for a failed tool: that is a reply with `isError`.
   * Throws `not_found` `unknown_tool` for a name that is not listed.
   */
  call(name: string, args: unknown, caller: Caller): Promise<ToolReply>;
}
