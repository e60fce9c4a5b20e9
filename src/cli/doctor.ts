import type { Command } from 'commander';
import type { Lessons } from '../core/consult.ts';
import { type CheckResult, type Finding, findingLine } from '../core/finding.ts';
import { cleanText } from '../core/render.ts';
import { type Cli, type Run } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { indent, plural, styleSeverity } from './print.ts';
import { printable } from './redacted.ts';
import type { Terminal } from './terminal.ts';

interface DoctorOptions {
  readonly only?: readonly string[];
}

export default function doctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('run all checks, worst finding first; changes nothing')
    .option('--only <ids...>', 'only these checks')
    .addHelpText(
      'after',
      '\nExit codes: 0 all passed, 1 findings below high, 2 findings high or critical, 3 something could not be checked.',
    )
    .action(
      cli.action<[], DoctorOptions>(async (run, { only }) => {
        const app = await run.app();
        run.note(`Checking ${app.where} ...`);
        const results = await app.audit.run({ ...(only === undefined ? {} : { only }), signal: run.signal });
        run.print(
          { where: app.where, results: printable(results), counts: countOf(results) },
          await report(run, results, app.lessons),
        );
        return exitCodeOf(results);
      }),
    );
}

/** A grave finding is certain whatever else is unknown; below that, doubt comes before a small finding. */
export function exitCodeOf(results: readonly CheckResult[]): ExitCode {
  const failed = results.filter(({ status }) => status === 'fail');
  if (failed.some(({ severity }) => severity === 'critical' || severity === 'high')) return EXIT.bad;
  if (results.some(({ status, findings }) => status === 'unknown' || findings.some(({ unknown }) => unknown === true)))
    return EXIT.unknown;
  if (failed.length > 0) return EXIT.no;
  return results.some(({ status }) => status === 'pass') ? EXIT.done : EXIT.unknown; // nothing checked is not health
}

const countOf = (results: readonly CheckResult[]): Record<CheckResult['status'], number> => ({
  fail: results.filter(({ status }) => status === 'fail').length,
  unknown: results.filter(({ status }) => status === 'unknown').length,
  pass: results.filter(({ status }) => status === 'pass').length,
  not_applicable: results.filter(({ status }) => status === 'not_applicable').length,
});

async function report({ terminal }: Run, results: readonly CheckResult[], lessons: Lessons): Promise<string> {
  const titles = await titlesOf(results, lessons);
  const failed = results.filter(({ status }) => status === 'fail').map((result) => failure(result, titles, terminal));
  const unknown = unknownByReason(results).map(([reason, checks]) =>
    [`${terminal.style('yellow', 'UNKNOWN ')}  ${checks.join(', ')}`, indent(cleanText(reason))].join('\n'),
  );
  const counts = countOf(results);
  const accepted = results.flatMap((result) => result.accepted ?? []).length;
  const summary = [
    plural(results.length, 'check'),
    `${counts.fail} failed`,
    `${counts.unknown} could not be checked`,
    `${counts.pass} passed`,
    `${counts.not_applicable} not applicable`,
    ...(accepted > 0 ? [`${plural(accepted, 'finding')} accepted`] : []),
  ];
  return [...failed, ...unknown, summary.join(', ')].join('\n\n');
}

/** One dead cluster makes every check unknown for the same reason: it is said once, with the checks it keeps from answering. */
function unknownByReason(results: readonly CheckResult[]): readonly (readonly [string, readonly string[]])[] {
  const checks = new Map<string, string[]>();
  for (const { check, reason = '' } of results.filter(({ status }) => status === 'unknown')) {
    for (const one of new Set(reason.split('; ').map(withoutPart)))
      checks.set(one, [...(checks.get(one) ?? []), check]);
  }
  return [...checks];
}

/** The runner puts the part of the world before its reason: `pods: Unable to ...`. */
const withoutPart = (reason: string): string => reason.replace(/^[a-z][A-Za-z]*: /, '');

async function titlesOf(results: readonly CheckResult[], lessons: Lessons): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(results.flatMap(({ findings }) => findings.flatMap((finding) => finding.lessons)));
  const found = await Promise.all([...ids].map((id) => lessons.get(id)));
  return new Map(found.flatMap((item) => (item === undefined ? [] : [[item.lesson.id, item.lesson.title]])));
}

function failure(result: CheckResult, titles: ReadonlyMap<string, string>, terminal: Terminal): string {
  const head = `${styleSeverity(terminal, result.severity)}  ${result.check} ${terminal.style('bold', result.title)}`;
  return [head, ...result.findings.map((finding) => indent(cleanText(describe(finding, titles))))].join('\n');
}

const describe = (finding: Finding, titles: ReadonlyMap<string, string>): string =>
  [
    findingLine(finding),
    ...finding.evidence.map((fact) => `  ${fact}`),
    `  remedy: ${finding.remedy}`,
    ...finding.lessons.map((id) => `  lesson: ${id}${titles.has(id) ? ` (${titles.get(id)})` : ''}`),
  ].join('\n');
