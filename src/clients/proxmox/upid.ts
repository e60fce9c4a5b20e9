import { StewardError } from '../../core/errors.ts';
import { nodePath } from './paths.ts';

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

/** Status and log of a task are asked at the node that runs it. Errors: `input` `invalid_upid`. */
export function taskPath(upid: string): string {
  const named = parseUpid(upid);
  if (!named)
    throw new StewardError(`Unable to find the task "${upid.slice(0, 80)}": that is not a UPID.`, {
      kind: 'input',
      code: 'invalid_upid',
      hint: 'Take it from proxmox_tasks.',
    });
  return `${nodePath(named.node)}/tasks/${encodeURIComponent(upid)}`;
}
