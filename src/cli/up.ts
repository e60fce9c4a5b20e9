import type { Command } from 'commander';
import type { App } from '../app.ts';
import type { Config } from '../config/load.ts';
import { type Cli, DEFAULT_SCENARIO, parseCount, type Run } from './cli.ts';
import { connectHelp } from './connect-help.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { mcpFactoryFor, serveOverHttp, untilStopped } from './serve.ts';

interface UpOptions {
  readonly stdio?: true;
  readonly host?: string;
  readonly port?: string;
  readonly insecure?: true;
}

export default function up(program: Command, cli: Cli): void {
  program
    .command('up')
    .description('serve agents over MCP, on your cluster or on the lab when there is none')
    .option('--stdio', 'serve one client over stdin and stdout')
    .option('--host <address>', 'listen here', undefined)
    .option('--port <number>', 'listen on this port; 0 = any free one')
    .option('--insecure', 'allow tokens over plain HTTP on an address that others reach')
    .action(
      cli.action<[], UpOptions>(async (run, options) => {
        const flags = {
          'server.host': options.host,
          'server.port': options.port === undefined ? undefined : parseCount(options.port),
          'server.insecure': options.insecure,
        };
        const config = await configOrLab(run, flags);
        const app = await run.app(config);
        run.note(`Working on ${app.where}, mode ${app.mode}.`);
        const stop = app.background();
        try {
          return await (options.stdio === true ? serveStdio(run, app) : serveHttp(run, app, config));
        } finally {
          await stop();
        }
      }),
    );
}

/** Without a cluster the lab stands in, and says so. */
async function configOrLab(run: Run, flags: Readonly<Record<string, unknown>>): Promise<Config> {
  const config = await run.config(flags);
  if (config.lab.scenario !== undefined || config.cluster !== undefined) return config;
  run.note('No kubeconfig was found: starting the built-in lab instead. Name your cluster with --kubeconfig.');
  return run.config({ ...flags, 'lab.scenario': DEFAULT_SCENARIO });
}

async function serveStdio(run: Run, app: App): Promise<ExitCode> {
  const { serveMcpOverStdio } = await import('../server/mcp/stdio.ts');
  const { input, output } = run.terminal.streams;
  await serveMcpOverStdio({ build: await mcpFactoryFor(app, run.version), input, output, log: app.log }, run.signal);
  return EXIT.done;
}

async function serveHttp(run: Run, app: App, config: Config): Promise<ExitCode> {
  const { server, hasTokens } = await serveOverHttp(app, config, run.version);
  try {
    const help = connectHelp(server.url, hasTokens);
    run.print(
      { url: server.url, where: app.where, mode: app.mode, tokens: hasTokens },
      `Serving ${app.where} at ${server.url}\n\n${help}`,
    );
    run.note('Ctrl-C stops it.');
    await untilStopped(run.signal);
  } finally {
    await server.close();
  }
  return EXIT.done;
}
