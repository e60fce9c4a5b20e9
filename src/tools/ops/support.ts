import type { GateContext } from '../../core/gate.ts';
import type { ToolContext } from '../../core/tool.ts';

/** What the gate needs to know about a call. */
export const gateContext = (ctx: ToolContext<unknown>): GateContext => ({
  session: ctx.session,
  signal: ctx.signal,
  ask: ctx.ask,
  progress: (message) => ctx.progress(message),
});
