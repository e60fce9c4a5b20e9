import type { LogLevel } from '../config/sections.ts';
import type { Log } from '../server/log.ts';
import { lazy } from './lazy.ts';

const RANK = { silent: 0, error: 1, warn: 2, info: 3, debug: 4 } as const satisfies Record<LogLevel, number>;

/** JSON lines on stderr (stdout belongs to the protocol). The library is loaded with the first line that is written. */
export function openLog(level: LogLevel): Log {
  const library = lazy(async () => {
    const { destination, pino } = await import('pino');
    return { pino: pino({ level, base: null }, destination({ fd: 2, sync: true })) };
  });
  const at =
    (own: Exclude<LogLevel, 'silent'>) =>
    (facts: object, sentence: string): void => {
      if (RANK[own] > RANK[level]) return;
      // Nobody waits for a log line; when the library cannot be loaded there is nowhere left to say so.
      void library()
        .then(({ pino }) => pino[own](facts, sentence))
        .catch(() => undefined);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
