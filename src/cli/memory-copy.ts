import type { Command } from 'commander';
import { openStoreNamed, STORES, type StoreName } from '../app/memory.ts';
import { inputError } from '../core/errors.ts';
import { type Cli, clock } from './cli.ts';
import { EXIT } from './exit.ts';
import { plural } from './print.ts';

interface CopyOptions {
  readonly from?: string;
  readonly to?: string;
}

/** `steward memory copy --from sqlite --to neo4j`, and back. */
export function addMemoryCopy(group: Command, cli: Cli): void {
  group
    .command('copy')
    .description('bring everything one lesson store knows into another; what that one knew stays')
    .requiredOption('--from <store>', STORES.join(' or '))
    .requiredOption('--to <store>', STORES.join(' or '))
    .action(
      cli.action<[], CopyOptions>(async (run, { from, to }) => {
        const [source, target] = [storeName(from), storeName(to)];
        if (source === target)
          throw inputError('same_store', `Unable to copy ${source} to itself.`, 'Name two different stores.');
        const config = await run.config();
        const { copyStore } = await import('../memory/copy.ts');
        const one = await openStoreNamed(source, config, clock);
        try {
          const other = await openStoreNamed(target, config, clock);
          try {
            const copied = await copyStore(one, other);
            const parts = [
              plural(copied.lessons, 'lesson'),
              plural(copied.links, 'link'),
              plural(copied.nodes, 'node'),
            ];
            run.print(copied, `Copied from ${source} to ${target}: ${parts.join(', ')}.`);
          } finally {
            await other.close();
          }
        } finally {
          await one.close();
        }
        return EXIT.done;
      }),
    );
}

function storeName(name: string | undefined): StoreName {
  const found = STORES.find((store) => store === name);
  if (found === undefined)
    throw inputError(
      'unknown_store',
      `Unable to copy: "${name ?? ''}" is no lesson store.`,
      `Stores: ${STORES.join(', ')}.`,
    );
  return found;
}
