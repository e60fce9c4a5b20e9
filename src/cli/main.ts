import { Command, CommanderError } from 'commander';
import type { Environment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { inputError } from '../core/errors.ts';
import { type CliDeps, createCli, DEFAULT_SCENARIO, type GlobalOptions, reportError } from './cli.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, EXIT_HELP, type ExitCode } from './exit.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { readVersion } from './version.ts';

/** Runs one command line (without node and script) and returns the exit code. Never throws. */
export async function main(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  const terminal = processTerminal({ noColor: (environment.variables['NO_COLOR'] ?? '') !== '' });
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onSignal);
  let code: ExitCode = EXIT.done;
  const version = readVersion(environment.packageDir);
  const deps: CliDeps = {
    terminal,
    version,
    signal: stop.signal,
    loadConfig: (options, flags) => loadConfig({ environment, file: options.config, flags: flagsOf(options, flags) }),
    openApp: async (config) => {
      const { openApp } = await import('../app.ts');
      return openApp(config);
    },
    finish: (finished) => {
      code = finished;
    },
  };
  const program = createProgram(deps, version);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return usageError(error, argv, terminal);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  }
}

function createProgram(deps: CliDeps, version: string): Command {
  const program = new Command('steward')
    .description('Looks at and changes a homelab, and never lets the same mistake happen twice.')
    .version(version, '-V, --version', 'show the version')
    .option('--json', 'print results as JSON')
    .option('--config <file>', 'read settings from this file')
    .option('--data-dir <folder>', 'keep journal, lessons and tokens here')
    .option('--kubeconfig <file>', 'the cluster to work on')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--lab [scenario]', 'work on the built-in lab instead')
    .option('--mode <mode>', 'observe, assist or operate')
    .option('--log-level <level>', 'silent, error, warn, info or debug')
    .helpCommand('help [command]', 'show help')
    .showSuggestionAfterError()
    .addHelpText('after', `\n${EXIT_HELP}`)
    .configureOutput({ writeOut: (text) => deps.terminal.out(text.trimEnd()), writeErr: () => {} })
    .exitOverride();
  const cli = createCli(deps);
  for (const add of COMMANDS) add(program, cli);
  for (const command of allCommands(program)) command.exitOverride().configureOutput(program.configureOutput());
  return program;
}

const allCommands = (command: Command): Command[] =>
  command.commands.flatMap((child) => [child, ...allCommands(child)]);

const flagsOf = (options: GlobalOptions, flags: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  mode: options.mode,
  dataDir: options.dataDir,
  'kubernetes.kubeconfig': options.kubeconfig,
  'kubernetes.context': options.context,
  'lab.scenario': options.lab === true ? DEFAULT_SCENARIO : options.lab,
  'log.level': options.logLevel,
  ...flags,
});

/** Commander throws for help and version too: those are not errors. */
function usageError(error: unknown, argv: readonly string[], terminal: Terminal): ExitCode {
  if (!(error instanceof CommanderError)) return reportError(error, argv.includes('--json'), terminal);
  if (error.exitCode === 0) return EXIT.done;
  if (error.code === 'commander.help') return EXIT.usage;
  const reason = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const known = inputError('wrong_usage', `Unable to run this: ${reason}.`, 'Run: steward --help');
  return reportError(known, argv.includes('--json'), terminal);
}
