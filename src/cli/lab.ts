import type { Command } from 'commander';
import { type Cli, parseCount } from './cli.ts';
import { EXIT } from './exit.ts';
import { table } from './print.ts';
import { untilStopped } from './serve.ts';

interface UpOptions {
  readonly port: string;
}

export default function lab(program: Command, cli: Cli): void {
  const group = program.command('lab').description('the built-in homelab, for trying and testing');
  group
    .command('list', { isDefault: true })
    .description('every scenario')
    .action(
      cli.action<[], object>(async (run) => {
        const { describeScenarios } = await import('../app/lab.ts');
        const scenarios = await describeScenarios();
        run.print(
          scenarios,
          table(
            ['SCENARIO', 'WHAT IT IS'],
            scenarios.map(({ name, title }) => [name, title]),
          ),
        );
        return EXIT.done;
      }),
    );
  group
    .command('up')
    .description('serve a scenario as a Kubernetes API that kubectl can talk to')
    .argument('[scenario]', 'see "steward lab list"', 'demo')
    .option('--port <number>', 'listen on this port; 0 = any free one', '0')
    .action(
      cli.action<[string], UpOptions>(async (run, { port }, scenario) => {
        const { startLab } = await import('../app/lab.ts');
        const config = await run.config();
        const started = await startLab({ scenario, port: parseCount(port), dataDir: config.dataDir });
        try {
          const { kubeconfigFile, url } = started;
          run.print(
            { scenario, url, kubeconfig: kubeconfigFile },
            `The lab "${scenario}" is at ${url}\n  kubectl --kubeconfig ${kubeconfigFile} get pods -A\n  steward up --kubeconfig ${kubeconfigFile}`,
          );
          run.note('Ctrl-C stops it.');
          await untilStopped(run.signal);
        } finally {
          await started.close();
        }
        return EXIT.done;
      }),
    );
}
