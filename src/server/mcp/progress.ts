import type { ServerContext } from '@modelcontextprotocol/server';

/** Clients give up after 60 s of silence; half of that would do, a quarter survives a lost message. */
const HEARTBEAT_MS = 15_000;

export interface ProgressLine {
  report(message: string): void;
  stop(): void;
}

/** Says something at once and then at least every 15 s; silent when the client did not ask for progress. */
export function openProgress(ctx: ServerContext, title: string, onLost: (error: unknown) => void): ProgressLine {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return { report() {}, stop() {} };
  let progress = 0;
  let last = title;
  const send = (): void => {
    progress += 1;
    const params = { progressToken, progress, message: last };
    // A lost progress message must never fail the call that it tells about.
    void ctx.mcpReq.notify({ method: 'notifications/progress', params }).catch(onLost);
  };
  send();
  const timer = setInterval(send, HEARTBEAT_MS);
  timer.unref();
  return {
    report(message) {
      last = message;
      send();
      timer.refresh();
    },
    stop: () => clearInterval(timer),
  };
}
