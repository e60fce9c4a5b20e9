import type { ServerResponse } from 'node:http';
import type { Call } from './call.ts';
import { badRequest } from './fault.ts';
import { type LogSource, logQuery, logText, selectLog } from './logs.ts';
import { negotiate } from './negotiate.ts';
import { wholeNumber } from './options.ts';
import type { Route } from './request.ts';
import { selection } from './select.ts';
import { nodeOf } from './strategy.ts';
import { startWatch } from './watch.ts';
import { readObject } from './write.ts';

/** A client that takes nothing for so long that this much waits for it is cut off; it will list again. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** The real server ends a watch after 30 to 60 minutes. */
const DEFAULT_WATCH_SECONDS = 1800;

export const isLogRequest = ({ resource, subresource }: Route): boolean =>
  resource.group === '' && resource.plural === 'pods' && subresource === 'log';

/** Sends events until the client goes, the time is up, or it is too slow. Throws before the first byte only. */
export function streamWatch({ context, request, route }: Call, response: ServerResponse): void {
  const { resource, namespace, name } = route;
  const { as } = negotiate(request.headers.accept);
  const matches = selection(resource, request.query, name);
  const seconds = wholeNumber(request.query.get('timeoutSeconds')) || DEFAULT_WATCH_SECONDS;
  const head = (): void => {
    if (!response.headersSent)
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  };
  const send = (line: string): void => {
    head();
    response.write(line);
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
  };
  const end = (): void => void response.end();
  const asked = { resource, namespace, matches, query: request.query, as };
  const watch = startWatch(context, asked, send, end);
  head();
  response.flushHeaders();
  const timer = setTimeout(end, seconds * 1000).unref();
  // The response closes when the client goes; the request closes as soon as it has been read.
  response.on('close', () => {
    clearTimeout(timer);
    watch.close();
  });
}

const TEXT = { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' };

/** The log of a container; with `follow` it stays open while the pod is there. Throws 400, 404, 422. */
export function streamLog(
  { context, request, route }: Call,
  source: LogSource | undefined,
  response: ServerResponse,
): void {
  const pod = readObject(context, route.resource, route.namespace, route.name ?? '');
  const query = logQuery(pod, request.query, context.store.now());
  // Nobody runs it yet, so nobody has a log of it.
  if (nodeOf(pod) === '') return void response.writeHead(204).end();
  const found = source?.logs(pod, query.container, { previous: query.previous }) ?? { lines: [] };
  if ('error' in found) throw badRequest(found.error);
  response.writeHead(200, TEXT);
  response.write(selectLog(found.lines, query));
  if (!query.follow || !source?.follow) return void response.end();
  response.flushHeaders();
  const stopFollowing = source.follow(
    pod,
    query.container,
    (line) => void response.write(logText(line, query.timestamps)),
  );
  const stopListening = context.store.listen(({ type, object }) => {
    if (type === 'DELETED' && object.metadata.uid === pod.metadata.uid) response.end();
  });
  response.on('close', () => {
    stopFollowing();
    stopListening();
  });
}
