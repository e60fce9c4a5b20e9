/** `UPID:node:pid:pstart:starttime:type:id:user:`, pid and times in hex; the user may hold `@` and `!`. */
const UPID = /^UPID:([^:\s]+):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

export interface Upid {
  readonly node: string;
  readonly startedAt: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

export function parseUpid(text: unknown): Upid | undefined {
  const found = typeof text === 'string' ? UPID.exec(text) : null;
  if (!found) return undefined;
  const [, node = '', , , start = '', type = '', id = '', user = ''] = found;
  return { node, startedAt: new Date(Number.parseInt(start, 16) * 1000).toISOString(), type, id, user };
}
