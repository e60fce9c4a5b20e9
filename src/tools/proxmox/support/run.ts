import type { ProxmoxDone, ProxmoxWrite, ProxmoxWriter } from '../../../clients/proxmox/contract.ts';
import { StewardError } from '../../../core/errors.ts';
import type { Permit } from '../../../core/permit.ts';

/** Disks of terabytes are copied over a home network in that time; the client follows a task as long. */
export const COPY_MS = 6 * 60 * 60_000;

export interface Running {
  readonly permit: Permit;
  readonly signal: AbortSignal;
  progress(message: string): void;
}

/** Sends one write and follows its task. A task that failed is an error with Proxmox' own words; one whose end was not seen is not. */
export async function carryOut(client: ProxmoxWriter, write: ProxmoxWrite, ctx: Running): Promise<ProxmoxDone> {
  const done = await client.write(write, ctx.permit, ctx.signal, (upid, line) =>
    ctx.progress(line === 'started' ? `task ${upid}` : line),
  );
  if (done.result !== 'error') return done;
  throw new StewardError(
    `Unable to finish ${write.verb.replaceAll('_', ' ')}: the task ended with "${done.exitStatus}".`,
    {
      kind: 'target',
      code: 'proxmox_task_failed',
      hint: `proxmox_tasks with upid ${done.upid} shows its log.`,
    },
  );
}

/** The end of a task as evidence, with the warnings that came with success. */
export const taskEvidence = (done: ProxmoxDone | undefined): readonly string[] =>
  done === undefined || done.upid === ''
    ? []
    : [
        `task ${done.upid}: ${done.result}${done.exitStatus === '' ? '' : ` (${done.exitStatus})`}`,
        ...done.warnings.slice(0, 5),
      ];
