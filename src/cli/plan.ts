import type { Command } from 'commander';
import type { Plan } from '../core/plan.ts';
import type { ToolReply } from '../core/registry.ts';
import { type Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { readInput } from './input.ts';
import { callerFor, planner } from './people.ts';
import { printable } from './redacted.ts';

interface PlanOptions {
  readonly input: string;
  readonly reason: string;
}

export default function plan(program: Command, cli: Cli): void {
  program
    .command('plan')
    .description('work out a change; changes nothing')
    .argument('<action>', 'e.g. cluster_scale')
    .requiredOption('--input <json>', "the action's input: JSON, @file, or - for stdin")
    .option('--reason <text>', 'why', 'asked for at the terminal')
    .addHelpText('after', '\nExit codes: 0 allowed, 4 waits for a person, 1 denied.')
    .action(
      cli.action<[string], PlanOptions>(async (run, options, action) => {
        const request = { action, input: await readInput(options.input, run.terminal), reason: options.reason };
        const app = await run.app();
        const caller = callerFor(run, planner(await run.config()));
        if (run.isJson) {
          const made = await app.gate.propose(request, caller);
          run.print(printable(made), '');
          return exitCodeOf(made.decision.kind);
        }
        const reply = await app.registry.call('plan_change', request, caller);
        run.terminal.out(reply.text);
        if (reply.isError) return exitCodeOfReply(reply);
        const id = planIdIn(reply.text);
        return id === undefined ? EXIT.done : exitCodeOf((await app.gate.show(id, caller.session)).plan.decision.kind);
      }),
    );
}

const exitCodeOf = (decision: Plan['decision']['kind']): ExitCode =>
  ({ allow: EXIT.done, ask: EXIT.waits, deny: EXIT.no })[decision];

const planIdIn = (text: string): string | undefined => /\bplan-[a-z0-9]+\b/.exec(text)?.[0];

/** The registry answers a failure as text; what kind it was says its code. */
export function exitCodeOfReply({ code }: ToolReply): ExitCode {
  if (code === undefined) return EXIT.no;
  if (code === 'internal_error') return EXIT.internal;
  if (/unreachable|timeout/.test(code)) return EXIT.unavailable;
  if (/^(kubeconfig|no_cluster)/.test(code)) return EXIT.config;
  if (/^(unknown|object_not_found)/.test(code)) return EXIT.notFound;
  return /^(invalid|wrong)/.test(code) ? EXIT.usage : EXIT.no;
}
