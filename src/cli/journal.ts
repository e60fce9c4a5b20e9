import type { Command } from 'commander';
import { type Cli, parseCount } from './cli.ts';
import { EXIT } from './exit.ts';
import { plural, table } from './print.ts';
import { printable } from './redacted.ts';

interface ListOptions {
  readonly plan?: string;
  readonly target?: string;
  readonly limit: string;
}

export default function journal(program: Command, cli: Cli): void {
  const group = program.command('journal').description('what was planned, decided and done');
  group
    .command('list', { isDefault: true })
    .description('newest first')
    .option('--plan <id>', 'of this plan only')
    .option('--target <target>', 'about this target only')
    .option('--limit <count>', 'at most this many', '50')
    .action(
      cli.action<[], ListOptions>(async (run, { plan, target, limit }) => {
        const only = { ...(plan === undefined ? {} : { plan }), ...(target === undefined ? {} : { target }) };
        const entries = await (await run.app()).journal.list({ limit: parseCount(limit), ...only });
        const rows = entries.map((entry) => [String(entry.seq), entry.at, entry.event, entry.principal, entry.summary]);
        run.print(
          printable(entries),
          rows.length === 0 ? 'The journal is empty.' : table(['SEQ', 'AT', 'EVENT', 'WHO', 'WHAT'], rows),
        );
        return EXIT.done;
      }),
    );
  group
    .command('verify')
    .description('walk the whole chain of hashes')
    .action(
      cli.action<[], object>(async (run) => {
        const verdict = await (await run.app()).journal.verify();
        const text = verdict.ok
          ? `The chain is whole: ${plural(verdict.entries, 'entry', 'entries')}.`
          : `The chain is broken at entry ${verdict.broken?.seq}: ${verdict.broken?.reason}.`;
        run.print(verdict, text);
        return verdict.ok ? EXIT.done : EXIT.no;
      }),
    );
}
