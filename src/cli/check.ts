import type { Command } from 'commander';
import type { AnyCheck } from '../checks/define.ts';
import { type CheckParameters, parametersOf } from '../checks/parameters.ts';
import { notFound } from '../core/errors.ts';
import { type Cli, type Run } from './cli.ts';
import { EXIT } from './exit.ts';
import { table } from './print.ts';

export default function check(program: Command, cli: Cli): void {
  const group = program.command('check').description('the catalogue of checks');
  group
    .command('list', { isDefault: true })
    .description('every check, with what it asks for')
    .action(
      cli.action<[], object>(async (run) => {
        const { checks, set } = await catalogueOf(run);
        const rows = checks.map(({ id, severity, introduced, title }) => [id, severity, introduced, title]);
        run.print(
          checks.map((one) => factsOf(one, set)),
          table(['ID', 'SEVERITY', 'INTRODUCED', 'WHAT IS SO WHEN IT PASSES'], rows),
        );
        return EXIT.done;
      }),
    );
  group
    .command('show')
    .description('why it is there, what it needs, and what can be set for it')
    .argument('<id>', 'such as Z02')
    .action(
      cli.action<[string], object>(async (run, _options, id) => {
        const { checks, set } = await catalogueOf(run);
        const found = checks.find((one) => one.id === id.toUpperCase());
        if (found === undefined)
          throw notFound('unknown_check', `Unable to show the check ${id}: there is none.`, 'steward check list');
        run.print(factsOf(found, set), textOf(found, set));
        return EXIT.done;
      }),
    );
}

async function catalogueOf(run: Run): Promise<{ readonly checks: readonly AnyCheck[]; readonly set: CheckParameters }> {
  const { loadChecks } = await import('../app/checks.ts');
  const { checks: set } = await run.config();
  return { checks: await loadChecks(set), set };
}

interface Parameter {
  readonly name: string;
  readonly default: unknown;
  /** What the configuration says; absent = the default holds. */
  readonly set?: unknown;
}

const parametersWith = (check: AnyCheck, set: CheckParameters): readonly Parameter[] =>
  parametersOf(check).map(({ name, value }) => {
    const own = set[check.id]?.[name];
    return { name, default: value, ...(own !== undefined && { set: own }) };
  });

function factsOf(check: AnyCheck, set: CheckParameters) {
  const { id, title, why, severity, introduced, needs } = check;
  return { id, title, why, severity, introduced, needs, parameters: parametersWith(check, set) };
}

function textOf(check: AnyCheck, set: CheckParameters): string {
  const { id, title, why, severity, introduced, needs } = check;
  const parameters = parametersWith(check, set);
  const rows = parameters.map((one) => [
    one.name,
    JSON.stringify(one.default),
    one.set === undefined ? '' : JSON.stringify(one.set),
  ]);
  return [
    `${id} ${title}`,
    why,
    '',
    `severity ${severity}; a change that introduces it: ${introduced}`,
    `needs ${needs.join(', ')}`,
    ...(rows.length === 0
      ? ['nothing can be set for it']
      : ['', table(['PARAMETER', 'DEFAULT', 'SET'], rows), '', `In the configuration: checks: { ${id}: { ... } }`]),
  ].join('\n');
}
