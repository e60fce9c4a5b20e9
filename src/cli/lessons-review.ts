import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { App } from '../app.ts';
import { inputError, messageOf } from '../core/errors.ts';
import type { Lesson } from '../core/lesson.ts';
import type { Principal } from '../core/principal.ts';
import { FEEDBACK } from '../memory/learn/graph.ts';
import { exportPolicy, type PolicyAction } from '../memory/learn/policy/export.ts';
import type { PromoteOptions, ReviewItem } from '../memory/learn/review.ts';
import { renderLesson } from '../memory/lesson-file.ts';
import { type Cli, type Run } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { approver } from './people.ts';
import { indent, plural } from './print.ts';
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

function fileCommands(group: Command, cli: Cli): void {
  group
    .command('edit')
    .description('write a lesson to a file, and take it back with --from')
    .argument('<id>')
    .option('--out <file>', 'where to write it; default <id>.md')
    .option('--from <file>', 'take the lesson from this file')
    .action(cli.action<[string], { readonly out?: string; readonly from?: string }>(edit));
  group
    .command('export-policy')
    .description('the guard of a confirmed Kubernetes lesson as a ValidatingAdmissionPolicy')
    .argument('<id>')
    .option('--action <action>', 'Deny, Warn or Audit; default: as the guard')
    .action(
      cli.action<[string], { readonly action?: string }>(async (run, { action }, id) => {
        const { lesson } = await (await run.app()).review.item(id);
        const yaml = await exportPolicy(lesson, action === undefined ? {} : { actions: [policyAction(action)] });
        run.print({ id, yaml }, yaml.trimEnd());
        return EXIT.done;
      }),
    );
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

async function edit(
  run: Run,
  { out, from }: { readonly out?: string; readonly from?: string },
  id: string,
): Promise<ExitCode> {
  const app = await run.app();
  if (from === undefined) {
    const file = out ?? `${id}.md`;
    const { lesson } = await app.review.item(id);
    await writeFile(file, renderLesson(lesson), { flag: 'wx' }).catch((error: unknown) => {
      throw fileError('write', file, error);
    });
    run.print({ id, file }, `Wrote ${file}. Edit it, then: steward lessons edit ${id} --from ${file}`);
    return EXIT.done;
  }
  const text = await readFile(from, 'utf8').catch((error: unknown) => {
    throw fileError('read', from, error);
  });
  // The name of the file is free; that it is this lesson is said by its id.
  const lesson = await app.review.edit(`${id}.md`, text, approver(await run.config()));
  run.print(printable(lesson), `${lesson.id}: taken.`);
  return EXIT.done;
}

const fileError = (verb: string, file: string, error: unknown) =>
  inputError(`cannot_${verb}_file`, `Unable to ${verb} ${file}: ${messageOf(error)}.`, 'Name another file.');

function effectOf(effect: string | undefined): PromoteOptions {
  if (effect === undefined) return {};
  if (effect === 'note' || effect === 'ask' || effect === 'deny') return { effect };
  throw inputError(
    'invalid_option',
    `Unable to promote to "${effect}": there is no such effect.`,
    'Effects: note, ask, deny.',
  );
}

function policyAction(action: string): PolicyAction {
  if (action === 'Deny' || action === 'Warn' || action === 'Audit') return action;
  throw inputError(
    'invalid_option',
    `Unable to export with "${action}": there is no such action.`,
    'Actions: Deny, Warn, Audit.',
  );
}

async function review(run: Run): Promise<ExitCode> {
  const app = await run.app();
  const queue = await app.review.queue();
  if (run.isJson || !run.terminal.isInteractive || queue.length === 0) {
    run.print(printable(queue), queue.length === 0 ? 'Nothing waits for a person.' : queue.map(shown).join('\n\n'));
    return EXIT.done;
  }
  const person = approver(await run.config());
  for (const [at, item] of queue.entries()) {
    run.terminal.err(`${at + 1} of ${queue.length}\n${shown(item)}`);
    const answer = await run.terminal.ask(
      '[c]onfirm, [r]etire, [m]erge into <id>, [p]romote guard, [e]dit as file, [s]kip, [q]uit?',
      run.signal,
    );
    if (answer === undefined || /^\s*q/i.test(answer)) break;
    run.terminal.err(await answered(app, item, answer, person));
  }
  return EXIT.done;
}

/** What a failed decision says is shown, and the review goes on. */
async function answered(app: App, { lesson: { id } }: ReviewItem, answer: string, person: Principal): Promise<string> {
  const [word = '', into = ''] = answer.trim().split(/\s+/).slice(0, 2);
  try {
    switch (word.toLowerCase().slice(0, 1)) {
      case 'c':
        await app.review.confirm(id, person);
        return `${id}: confirmed.`;
      case 'r':
        await app.review.retire(id, person);
        return `${id}: retired.`;
      case 'm':
        await app.review.merge(id, into, person);
        return `${id}: merged into ${into}.`;
      case 'p':
        await app.review.promote(id, person);
        return `${id}: its guard acts from now on.`;
      case 'e':
        return `Run: steward lessons edit ${id}`;
      default:
        return `${id}: left as it is.`;
    }
  } catch (error) {
    return String(printable(messageOf(error)));
  }
}

/** Everything that a person needs to decide. Its words may come from outside: it is made safe as one text. */
function shown({ lesson, why, by, counters, evidence, incidents, similar, contradicts, guard }: ReviewItem): string {
  const lines = [
    `${lesson.title}`,
    `${lesson.id}: ${why}, ${lesson.severity}, by ${by}; recurred ${counters.recurred}, source: ${lesson.source}`,
    ...[`symptom: ${lesson.symptom}`, `cause: ${lesson.cause}`, `fix: ${lesson.fix}`].map((line) => indent(line)),
    ...incidents.slice(0, MAX_SHOWN).map(({ title, opened }) => indent(`incident ${opened}: ${title}`)),
    ...evidence
      .slice(0, MAX_SHOWN)
      .map(({ type, digest, excerpt }) => indent(`${type} ${digest.slice(0, 12)}: ${excerpt}`)),
    ...(similar.length > 0 ? [indent(`similar: ${similar.join(', ')}`)] : []),
    ...(contradicts.length > 0 ? [indent(`CONTRADICTS: ${contradicts.join(', ')}`)] : []),
    ...(guard === undefined
      ? []
      : [
          indent(
            `guard (${guard.state}, ${guard.effect}; ${plural(guard.matches, 'match', 'matches')}, ${Math.round(guard.precision * 100)} % right): ${guard.when}`,
          ),
        ]),
  ];
  return String(printable(lines.join('\n')));
}

const MAX_SHOWN = 8;
