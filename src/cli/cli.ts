import type { Command } from 'commander';
import type { App } from '../app.ts';
import type { Config } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import { inputError, isStewardError, messageOf } from '../core/errors.ts';
import { cleanText } from '../core/render.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** Options that every command understands. */
export interface GlobalOptions {
  readonly json?: true;
  readonly config?: string;
  readonly dataDir?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly lab?: string | true;
  readonly mode?: string;
  readonly logLevel?: string;
}

/** The options of one run, global ones included. */
export type Options<T> = GlobalOptions & T;

/** What a command gets: where to write, how to load what it needs, and when to stop. */
export interface Run {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly isJson: boolean;
  /** Of this package. */
  readonly version: string;
  config(flags?: Readonly<Record<string, unknown>>): Promise<Config>;
  /** Opened at most once, and closed after the command. */
  app(config?: Config): Promise<App>;
  /** The result: as JSON when asked, else as text. */
  print(data: unknown, text: string): void;
  /** What happens meanwhile; on stderr, silent with `--json`. */
  note(text: string): void;
}

/** Adds commands to the program; one file per command, listed in `commands.ts`. */
export interface Cli {
  /** Wraps the action of a command: its arguments, then its options. */
  action<A extends unknown[], T>(
    run: (run: Run, options: Options<T>, ...args: A) => Promise<ExitCode>,
  ): (...args: unknown[]) => Promise<void>;
}

export interface CliDeps {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly version: string;
  loadConfig(options: GlobalOptions, flags: Readonly<Record<string, unknown>>): Promise<Config>;
  openApp(config: Config): Promise<App>;
  finish(code: ExitCode): void;
}

export function createCli(deps: CliDeps): Cli {
  return {
    action:
      <A extends unknown[], T>(run: (run: Run, options: Options<T>, ...args: A) => Promise<ExitCode>) =>
      async (...given: unknown[]) => {
        const command = given.at(-1) as Command; // commander hands over arguments, options, command
        const options: Options<T> = command.optsWithGlobals();
        const args = given.slice(0, -2) as A; // sound: their number and kind are declared beside the action
        deps.finish(await runSafely(deps, options, (one) => run(one, options, ...args)));
      },
  };
}

async function runSafely(
  deps: CliDeps,
  options: GlobalOptions,
  work: (run: Run) => Promise<ExitCode>,
): Promise<ExitCode> {
  let app: Promise<App> | undefined;
  const isJson = options.json === true;
  const { terminal } = deps;
  const config = (flags: Readonly<Record<string, unknown>> = {}) => deps.loadConfig(options, flags);
  try {
    return await work({
      terminal,
      signal: deps.signal,
      isJson,
      version: deps.version,
      config,
      app: (given) =>
        (app ??= given === undefined ? config().then((loaded) => deps.openApp(loaded)) : deps.openApp(given)),
      print: (data, text) => terminal.out(isJson ? JSON.stringify(data, null, 2) : text),
      note: (text) => (isJson ? undefined : terminal.err(terminal.style('dim', text))),
    });
  } catch (error) {
    return reportError(error, isJson, terminal);
  } finally {
    await app?.then((opened) => opened.close()).catch(() => undefined); // its failure was reported above
  }
}

/** One shape for every failure: what, why, what to do, and the code to search for. */
export function reportError(error: unknown, isJson: boolean, terminal: Terminal): ExitCode {
  const known = isStewardError(error) ? error : undefined;
  const message = cleanText(messageOf(error));
  const code = known?.code ?? 'internal_error';
  const hint = known === undefined ? 'This is a fault in steward: please report it.' : known.hint;
  if (isJson) terminal.out(JSON.stringify({ error: { code, message, hint } }, null, 2));
  else {
    terminal.err(`${terminal.style('red', 'error')} ${message} [${code}]`);
    if (hint !== undefined) terminal.err(`  ${hint}`);
  }
  return known === undefined ? EXIT.internal : exitCodeFor(known.kind);
}

/** For a number that the command line gave as text. Errors (`input`): `invalid_option`. */
export function parseCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw inputError('invalid_option', `Unable to read "${text}": it is not a number.`, 'Write digits only.');
}

/** What `--lab` means without a name. */
export const DEFAULT_SCENARIO = 'demo';

export const clock = systemClock;
