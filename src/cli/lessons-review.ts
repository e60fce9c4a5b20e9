import type { Command } from 'commander';
import type { App } from '../app.ts';
import { inputError } from '../core/errors.ts';
import type { Lesson } from '../core/lesson.ts';
import type { Principal } from '../core/principal.ts';
import { FEEDBACK } from '../memory/learn/graph.ts';
import type { PromoteOptions } from '../memory/learn/review.ts';
import { type Cli, type Run } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { alertsCommand } from './lessons-alerts.ts';
import { fileCommands } from './lessons-files.ts';
import { review } from './lessons-walk.ts';
import { approver } from './people.ts';
import { plural } from './print.ts';
import { printable } from './redacted.ts';

/** What a person at the terminal decides about lessons; the terminal is the only place with the scope for it. */
export function reviewCommands(group: Command, cli: Cli): void {
  group
    .command('review')
    .description('go through candidates, contradictions and watching guards; with --json, list them')
    .action(cli.action<[], object>(async (run) => review(run)));
  decision(group, cli, 'confirm', 'it is right: it may ask and deny from now on', (app, id, person) =>
    app.review.confirm(id, person),
  );
  decision(group, cli, 'retire', 'it no longer holds', (app, id, person) => app.review.retire(id, person));
  decision(group, cli, 'demote', 'take a learned guard back to watching', (app, id, person) =>
    app.review.demote(id, person),
  );
  group
    .command('promote')
    .description('let a learned guard act that was right often enough')
    .argument('<id>')
    .option('--effect <effect>', 'note, ask or deny')
    .action(
      cli.action<[string], { readonly effect?: string }>(async (run, { effect }, id) =>
        decide(run, id, 'promoted', (app, person) => app.review.promote(id, person, effectOf(effect))),
      ),
    );
  group
    .command('merge')
    .description('retire a lesson; what was learned with it belongs to the other')
    .argument('<id>')
    .argument('<into>')
    .action(
      cli.action<[string, string], object>(async (run, _options, id, into) =>
        decide(run, id, `merged into ${into}`, (app, person) => app.review.merge(id, into, person)),
      ),
    );
  group
    .command('feedback')
    .description('say of a lesson that a plan showed whether it was heeded, irrelevant or wrong')
    .argument('<id>')
    .argument('<verdict>', FEEDBACK.join(', '))
    .requiredOption('--plan <plan>', 'the plan that showed it')
    .action(cli.action<[string, string], { readonly plan: string }>(feedback));
  fileCommands(group, cli);
  metricsCommand(group, cli);
  alertsCommand(group, cli);
}

/** A person's word: two false blocks take a learned guard back to watching. */
async function feedback(
  run: Run,
  { plan: planId }: { readonly plan: string },
  lesson: string,
  said: string,
): Promise<ExitCode> {
  const verdict = FEEDBACK.find((word) => word === said);
  if (verdict === undefined)
    throw inputError(
      'invalid_option',
      `Unable to take the feedback: "${said}" is none.`,
      `Say one of: ${FEEDBACK.join(', ')}.`,
    );
  const app = await run.app();
  const by = approver(await run.config());
  const { plan } = await app.gate.show(planId, { id: 'terminal', principal: by, taint: new Set<string>() });
  const { demoted } = await app.graph.feedback({ lesson, verdict, plan, by });
  run.print(
    { lesson, verdict, demoted },
    `${lesson}: ${verdict}.${demoted ? ' Its learned guard only watches from now on.' : ''}`,
  );
  return EXIT.done;
}

function decision(
  group: Command,
  cli: Cli,
  name: 'confirm' | 'retire' | 'demote',
  description: string,
  work: (app: App, id: string, person: Principal) => Promise<Lesson>,
): void {
  const done = { confirm: 'confirmed', retire: 'retired', demote: 'watching again' }[name];
  group
    .command(name)
    .description(description)
    .argument('<id>')
    .action(
      cli.action<[string], object>(async (run, _options, id) =>
        decide(run, id, done, (app, person) => work(app, id, person)),
      ),
    );
}

async function decide(
  run: Run,
  id: string,
  done: string,
  work: (app: App, person: Principal) => Promise<Lesson>,
): Promise<ExitCode> {
  const lesson = await work(await run.app(), approver(await run.config()));
  run.print(printable(lesson), `${id}: ${done}.`);
  return EXIT.done;
}

function effectOf(effect: string | undefined): PromoteOptions {
  if (effect === undefined) return {};
  if (effect === 'note' || effect === 'ask' || effect === 'deny') return { effect };
  throw inputError(
    'invalid_option',
    `Unable to promote to "${effect}": there is no such effect.`,
    'Effects: note, ask, deny.',
  );
}

function metricsCommand(group: Command, cli: Cli): void {
  group
    .command('metrics')
    .description('how often what is known keeps things from happening again')
    .action(
      cli.action<[], object>(async (run) => {
        const found = await (await run.app()).learningMetrics();
        const share = `${Math.round(found.ratio * 100)} %`;
        run.print(
          found,
          `${plural(found.incidents, 'incident')}, ${found.recurrences} of them known before (${share}).`,
        );
        return EXIT.done;
      }),
    );
}
