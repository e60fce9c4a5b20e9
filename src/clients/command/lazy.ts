import type { CommandRunner } from './spec.ts';

/** A runner whose host is known now and whose keys and connection are made at the first command. A failure is not kept. */
export function lazyRunner(host: string, open: () => Promise<CommandRunner>): CommandRunner {
  let opened: Promise<CommandRunner> | undefined;
  const get = (): Promise<CommandRunner> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    host,
    identity: async () => (await get()).identity(),
    run: async (request, signal) => (await get()).run(request, signal),
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}
