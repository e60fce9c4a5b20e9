import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { inputError, messageOf } from '../core/errors.ts';
import { exportPolicy, type PolicyAction } from '../memory/learn/policy/export.ts';
import { renderLesson } from '../memory/lesson-file.ts';
import type { Cli, Run } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { approver } from './people.ts';
import { printable } from './redacted.ts';

/** Lessons as files: edited by hand, and handed to a cluster as a policy. */
export function fileCommands(group: Command, cli: Cli): void {
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

function policyAction(action: string): PolicyAction {
  if (action === 'Deny' || action === 'Warn' || action === 'Audit') return action;
  throw inputError(
    'invalid_option',
    `Unable to export with "${action}": there is no such action.`,
    'Actions: Deny, Warn, Audit.',
  );
}
