import type { Command } from 'commander';
import type { App } from '../app.ts';
import { inputError } from '../core/errors.ts';
import type { PlanStatus } from '../core/plan.ts';
import { type Cli, type Run } from './cli.ts';
import { EXIT } from './exit.ts';
import { approver, isYes } from './people.ts';
import { table } from './print.ts';
import { printable } from './redacted.ts';

interface ApproveOptions {
  readonly yes?: true;
  readonly refuse?: string | true;
}

export default function approve(program: Command, cli: Cli): void {
  program
    .command('approve')
    .description('show a plan that waits for a person, and answer it; without an id: what waits')
    .argument('[plan]', 'id of the plan')
    .option('-y, --yes', 'answer yes without asking')
    .option('--refuse [reason]', 'answer no')
    .action(
      cli.action<[string | undefined], ApproveOptions>(async (run, options, planId) => {
        const app = await run.app();
        if (planId === undefined) return listWaiting(run, app);
        const person = approver(await run.config());
        const session = { id: 'terminal', principal: person, taint: new Set<string>() };
        const { plan, state } = await app.gate.show(planId, session);
        // A plan that waits for nobody is not worth a question: the answer says why.
        const isOpen = state === 'proposed' && options.yes === undefined;
        const isApproved =
          options.refuse === undefined && (!isOpen || (await askPerson(run, await app.questionFor(plan))));
        const reason = typeof options.refuse === 'string' ? options.refuse : 'refused at the terminal';
        const status = isApproved
          ? await app.operator.approve(planId, person, 'cli')
          : await app.operator.refuse(planId, person, reason);
        run.print(printable(statusFacts(status)), `${isApproved ? 'Approved' : 'Refused'}: ${planId}.`);
        return isApproved ? EXIT.done : EXIT.no;
      }),
    );
}

/** Both what the person reads and where the answer comes from is the terminal, whatever stdout is. */
async function askPerson(run: Run, question: string): Promise<boolean> {
  if (!run.terminal.isInteractive)
    throw inputError(
      'no_terminal',
      'Unable to ask: this is not a terminal.',
      'Answer with --yes or --refuse, or run it in a terminal.',
    );
  run.terminal.err(question);
  return isYes(await run.terminal.ask('Approve exactly this? [y/N]', run.signal));
}

async function listWaiting(run: Run, app: App): Promise<typeof EXIT.done> {
  const waiting = await app.operator.waiting();
  const rows = waiting.map(({ plan }) => [plan.id, plan.action, plan.principal, plan.expiresAt, plan.title]);
  const text =
    rows.length === 0 ? 'Nothing waits for a person.' : table(['PLAN', 'ACTION', 'FROM', 'EXPIRES', 'WHAT'], rows);
  run.print(
    waiting.map((status) => printable(statusFacts(status))),
    text,
  );
  return EXIT.done;
}

const statusFacts = ({ plan, state, approvals }: PlanStatus): object => ({
  plan: plan.id,
  action: plan.action,
  title: plan.title,
  principal: plan.principal,
  expiresAt: plan.expiresAt,
  state,
  approvals,
});
