import type { Command } from 'commander';
import type { ApplyResult } from '../core/gate.ts';
import { type Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { callerFor, planner } from './people.ts';
import { printable } from './redacted.ts';

interface ApplyOptions {
  readonly acknowledge?: readonly string[];
}

export default function apply(program: Command, cli: Cli): void {
  program
    .command('apply')
    .description('carry out a plan, exactly and once')
    .argument('<plan>', 'id of the plan')
    .option('--acknowledge <lessons...>', 'lessons that the plan asks you to take in')
    .addHelpText('after', '\nExit codes: 0 done and verified, 1 not executed, 2 failed, 3 not known whether it worked.')
    .action(
      cli.action<[string], ApplyOptions>(async (run, { acknowledge = [] }, planId) => {
        const app = await run.app();
        const caller = callerFor(run, planner(await run.config()));
        const result = await app.gate.apply({ planId, acknowledge }, caller);
        run.print(printable(result), describe(result));
        return exitCodeOf(result);
      }),
    );
}

function describe(result: ApplyResult): string {
  const lines =
    result.kind === 'not_executed'
      ? [`NOT EXECUTED: ${result.reason} [${result.code}]`, result.next]
      : [
          `${result.outcome.summary}${result.repeated ? ' (kept result of an earlier call)' : ''}`,
          ...result.outcome.evidence.map((fact) => `  ${fact}`),
          ...(result.outcome.undo === null ? [] : [`undo: ${result.outcome.undo}`]),
        ];
  return lines.map((line) => String(printable(line))).join('\n');
}

function exitCodeOf(result: ApplyResult): ExitCode {
  if (result.kind === 'not_executed') return EXIT.no;
  if (result.outcome.state === 'failed' || result.outcome.verified === 'no') return EXIT.bad;
  return result.outcome.state === 'done' && result.outcome.verified === 'yes' ? EXIT.done : EXIT.unknown;
}
