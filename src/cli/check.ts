import type { Command } from 'commander';
import { type Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { table } from './print.ts';

export default function check(program: Command, cli: Cli): void {
  program
    .command('check')
    .description('the catalogue of checks')
    .command('list', { isDefault: true })
    .description('every check, with what it asks for')
    .action(
      cli.action<[], object>(async (run) => {
        const { loadChecks } = await import('../app/parts.ts');
        const checks = await loadChecks();
        const rows = checks.map(({ id, severity, introduced, title }) => [id, severity, introduced, title]);
        const facts = checks.map(({ id, title, why, severity, introduced, needs }) => ({
          id,
          title,
          why,
          severity,
          introduced,
          needs,
        }));
        run.print(facts, table(['ID', 'SEVERITY', 'INTRODUCED', 'WHAT IS SO WHEN IT PASSES'], rows));
        return EXIT.done;
      }),
    );
}
