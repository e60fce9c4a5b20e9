import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { approver } from './people.ts';
import { serveOverHttp } from './serve.ts';

export default function demo(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description('the whole road on the built-in lab, in a few seconds and offline')
    .addHelpText('after', '\nExit codes: 0 every step ended as told, 1 one did not.')
    .action(
      cli.action<[], object>(async (run) => {
        const dataDir = await mkdtemp(join(tmpdir(), 'steward-demo-'));
        const flags = {
          'lab.scenario': 'demo',
          dataDir,
          mode: 'operate',
          'server.port': 0,
          'server.host': '127.0.0.1',
        };
        try {
          run.note('Starting the lab ...');
          // An MCP client is a large thing that no other command needs.
          const [{ tellStory }, { Transcript }] = await Promise.all([
            import('./demo/story.ts'),
            import('./demo/transcript.ts'),
          ]);
          const config = await run.config(flags);
          const app = await run.app(config);
          const { server } = await serveOverHttp(app, config, run.version);
          try {
            const transcript = new Transcript(run.terminal, run.isJson);
            const surprises = await tellStory({
              app,
              url: server.url,
              transcript,
              person: approver(config),
              signal: run.signal,
            });
            if (run.isJson) run.print({ ok: surprises.length === 0, surprises, steps: transcript.happened }, '');
            for (const surprise of surprises) run.note(`Not as told: ${surprise}`);
            return surprises.length === 0 ? EXIT.done : EXIT.no;
          } finally {
            await server.close();
          }
        } finally {
          await rm(dataDir, { recursive: true, force: true });
        }
      }),
    );
}
