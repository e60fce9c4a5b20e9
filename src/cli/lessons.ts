import type { Command } from 'commander';
import type { FoundLesson, LessonQuery } from '../core/consult.ts';
import { notFound } from '../core/errors.ts';
import { type Cli, parseCount, type Run } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { reviewCommands } from './lessons-review.ts';
import { indent, table } from './print.ts';
import { printable } from './redacted.ts';

interface ListOptions {
  readonly status?: LessonQuery['status'];
  readonly limit: string;
}

export default function lessons(program: Command, cli: Cli): void {
  const group = program.command('lessons').description('what was learned');
  group
    .command('list', { isDefault: true })
    .description('every lesson')
    .option('--status <status>', 'candidate, confirmed or retired')
    .option('--limit <count>', 'at most this many', '200')
    .action(
      cli.action<[], ListOptions>(async (run, { status, limit }) => {
        const query = { limit: parseCount(limit), ...(status === undefined ? {} : { status }) };
        return printFound(run, await (await run.app()).lessons.search(query));
      }),
    );
  group
    .command('search')
    .description('by words')
    .argument('<text...>')
    .option('--limit <count>', 'at most this many', '10')
    .action(
      cli.action<[string[]], ListOptions>(async (run, { limit }, words) => {
        const found = await (await run.app()).lessons.search({ text: words.join(' '), limit: parseCount(limit) });
        return printFound(run, found);
      }),
    );
  group
    .command('show')
    .description('one lesson in full')
    .argument('<id>')
    .action(
      cli.action<[string], object>(async (run, _options, id) => {
        const found = await (await run.app()).lessons.get(id);
        if (found === undefined)
          throw notFound(
            'unknown_lesson',
            `Unable to show ${id}: there is no such lesson.`,
            'Run: steward lessons list',
          );
        run.print(printable(found), String(printable(describe(found))));
        return EXIT.done;
      }),
    );
  reviewCommands(group, cli);
}

function printFound(run: Run, found: readonly FoundLesson[]): ExitCode {
  const rows = found.map(({ lesson, counters }) => [
    lesson.severity,
    lesson.id,
    String(counters.prevented),
    lesson.status === 'confirmed' ? lesson.title : `[${lesson.status}] ${lesson.title}`,
  ]);
  run.print(
    printable(found),
    rows.length === 0 ? 'No lesson fits.' : table(['SEVERITY', 'ID', 'PREVENTED', 'TITLE'], rows),
  );
  return EXIT.done;
}

function describe({ lesson, counters }: FoundLesson): string {
  const part = (title: string, text: string | undefined): string[] =>
    text === undefined || text === '' ? [] : [`${title}\n${indent(text)}`];
  return [
    `${lesson.title}\n${lesson.id}, ${lesson.severity}, ${lesson.status}; checks: ${lesson.checks.join(', ') || 'none'}; source: ${lesson.source}`,
    `shown ${counters.shown}, acknowledged ${counters.acknowledged}, prevented ${counters.prevented}, recurred ${counters.recurred}`,
    ...part('Symptom', lesson.symptom),
    ...part('Cause', lesson.cause),
    ...part('Fix', lesson.fix),
    ...part('Wrong fix', lesson.wrong_fix),
    ...part('Prevention', lesson.prevention),
    ...part('More', lesson.body.trim()),
  ].join('\n\n');
}
