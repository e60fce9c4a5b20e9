import type { Config } from '../config/load.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../server/log.ts';
import type { Lazy } from './lazy.ts';
import type { Memory } from './memory.ts';

interface Needs {
  readonly config: Config;
  readonly memory: Lazy<Memory>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Writes the memory as files for git once a night, while a server runs and when a folder is configured; returns the way to end it. */
export function exportNightly({ config, memory, clock, log }: Needs): () => Promise<void> {
  const { folder, hour } = config.memory.export;
  if (folder === undefined) return async () => undefined;
  const stopped = new AbortController();
  const running = import('../memory/transfer/export/nightly.ts').then(({ nightly }) =>
    nightly({
      hour,
      clock,
      signal: stopped.signal,
      async run() {
        const { exportGraph } = await import('../memory/transfer/export/export.ts');
        const { store, isStandIn } = await memory();
        // What was exported while the store was whole is worth more than the few lessons that are left without it.
        if (isStandIn) throw new Error('the store of the lessons could not be opened');
        const { lessons, written } = await exportGraph(store, folder);
        log.info({ folder, lessons, changed: written.length }, 'The memory was exported.');
      },
      onProblem: (error) =>
        log.warn({ folder, reason: messageOf(error) }, 'The memory could not be exported; it is tried again.'),
    }),
  );
  return async () => {
    stopped.abort();
    await running;
  };
}
