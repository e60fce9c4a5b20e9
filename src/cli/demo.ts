import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Cli, Run } from './cli.ts';
import type { Stage } from './demo/story.ts';
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
        const folder = await mkdtemp(join(tmpdir(), 'steward-demo-'));
        try {
          run.note('Starting the lab ...');
          // An MCP client is a large thing that no other command needs.
          const [{ tellDiskStory, tellEnd, tellHostStory, tellStory }, { Transcript }] = await Promise.all([
            import('./demo/story.ts'),
            import('./demo/transcript.ts'),
          ]);
          const transcript = new Transcript(run.terminal, run.isJson);
          const play = (scenario: string, tell: (stage: Stage) => Promise<readonly string[]>) =>
            onStage(run, scenario, join(folder, scenario), (stage) => tell({ ...stage, transcript }));
          const surprises = [
            ...(await play('demo', tellStory)),
            ...(await play('disk-failing', tellDiskStory)),
            ...(await play('pve-host-reboot-etcd', tellHostStory)),
          ];
          tellEnd({ transcript });
          if (run.isJson) run.print({ ok: surprises.length === 0, surprises, steps: transcript.happened }, '');
          for (const surprise of surprises) run.note(`Not as told: ${surprise}`);
          return surprises.length === 0 ? EXIT.done : EXIT.no;
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }),
    );
}

/** A lab of its own, with steward in front of it. */
async function onStage<T>(
  run: Run,
  scenario: string,
  dataDir: string,
  play: (stage: Omit<Stage, 'transcript'>) => Promise<T>,
): Promise<T> {
  const flags = { 'lab.scenario': scenario, dataDir, mode: 'operate', 'server.port': 0, 'server.host': '127.0.0.1' };
  const config = await run.config(flags);
  const { openApp } = await import('../app.ts');
  const app = await openApp(config);
  try {
    const { server } = await serveOverHttp(app, config, run.version);
    try {
      return await play({ app, url: server.url, person: approver(config), signal: run.signal });
    } finally {
      await server.close();
    }
  } finally {
    await app.close();
  }
}
