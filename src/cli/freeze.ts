import type { Command } from 'commander';
import { type Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { approver } from './people.ts';

export default function freeze(program: Command, cli: Cli): void {
  program
    .command('freeze')
    .description('stop every change on all entrances at once')
    .argument('[reason...]', 'why')
    .action(
      cli.action<[string[]], object>(async (run, _options, words) => {
        const app = await run.app();
        const reason = words.join(' ') || 'no reason given';
        await app.operator.freeze(approver(await run.config()), reason);
        run.print({ frozen: true, reason }, 'Frozen: nothing changes until "steward thaw".');
        return EXIT.done;
      }),
    );
  program
    .command('thaw')
    .description('end a freeze')
    .action(
      cli.action<[], object>(async (run) => {
        const app = await run.app();
        await app.operator.thaw(approver(await run.config()));
        run.print({ frozen: false }, 'Thawed: changes may run again.');
        return EXIT.done;
      }),
    );
}
