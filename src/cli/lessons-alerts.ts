import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { readInput } from './input.ts';
import { plural } from './print.ts';
import { printable } from './redacted.ts';

/** Until something listens for alerts by itself: what Alertmanager says is handed over, by hand, by a timer or by a hook. */
export function alertsCommand(group: Command, cli: Cli): void {
  group
    .command('alerts')
    .description('learn from firing alerts that came within 30 minutes of a change')
    .argument(
      '<alerts>',
      'what Alertmanager gives, as JSON: @file, or - for stdin (amtool alert -o json, or a webhook)',
    )
    .action(
      cli.action<[string], object>(async (run, _options, given) => {
        const { alertsIn } = await import('../memory/learn/alerts.ts');
        const alerts = alertsIn(await readInput(given, run.terminal));
        const app = await run.app();
        const learned = [];
        for (const alert of alerts) {
          const one = await app.alertSeen(alert);
          if (one !== undefined) learned.push({ alert: alert.name, lesson: one.lesson, how: one.how });
        }
        const lines = learned.map(({ alert, lesson, how }) => `${alert}: ${how} lesson ${lesson}`);
        run.print(
          printable({ alerts: alerts.length, learned }),
          String(
            printable(
              [`${plural(alerts.length, 'firing alert')}, ${learned.length} soon after a change.`, ...lines].join('\n'),
            ),
          ),
        );
        return EXIT.done;
      }),
    );
}
