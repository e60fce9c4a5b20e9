import { type App, openApp } from '../../src/app.ts';
import { mcpFactoryFor } from '../../src/cli/serve.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { ProxmoxCluster } from '../../src/lab/proxmox/cluster.ts';
import { listenHttp } from '../../src/server/http/listen.ts';
import { TokenStore } from '../../src/server/tokens.ts';
import { openClient, type TestClient } from './mcp-client.ts';
import { freshHome } from './run-cli.ts';

/** The whole product on a lab in this process, and a real MCP client over HTTP whose person says yes. */
export interface House {
  readonly app: App;
  readonly client: TestClient;
  /** The Proxmox hosts themselves: for what happens there without us. */
  readonly cluster: ProxmoxCluster;
  call(tool: string, input: object): Promise<string>;
  /** `plan_change`; its text. */
  plan(action: string, input: object): Promise<string>;
  /** `apply_plan` of the plan that a text names, with its lessons acknowledged. */
  apply(planned: string): Promise<string>;
  /** A second person says yes at the terminal. */
  approve(planned: string): Promise<void>;
  close(): Promise<void>;
}

const person = { id: 'alice/terminal', scopes: ['read', 'approve'], namespaces: ['*'] } as const;
const QUICK = { taskMs: 60, shutdownMs: 120, haMs: 300, bootMs: 2_500, verifyMs: 100 };

export const planIdIn = (text: string): string => /\bplan-[a-z0-9]+/.exec(text)?.[0] ?? `no plan in: ${text}`;
const lessonsIn = (text: string): string[] => [...text.matchAll(/^- lesson ([a-z0-9-]+)/gm)].map(([, id = '']) => id);

export async function openHouse(scenario: string, flags: Readonly<Record<string, unknown>> = {}): Promise<House> {
  const home = freshHome();
  const packageDir = new URL('../..', import.meta.url).pathname;
  const environment = { variables: {}, home, user: 'alice', folder: home, packageDir, cacheDir: home };
  const config = await loadConfig({
    environment,
    flags: {
      'lab.scenario': scenario,
      'guard.budgets.changesPerHour': 1000,
      'guard.budgets.changesPerHourPerTarget': 1000,
      ...flags,
    },
  });
  const app = await openApp(config);
  const cluster = app.lab?.proxmox?.cluster;
  if (cluster === undefined) throw new Error(`${scenario} has no Proxmox hosts`);
  cluster.timing = QUICK;
  const server = await listenHttp({
    build: await mcpFactoryFor(app, '0.0.0'),
    ...config.server,
    port: 0,
    tokens: new TokenStore(config.server.tokensFile, systemClock),
    clock: systemClock,
    log: app.log,
  });
  const client = await openClient('modern', { url: server.url }, 'accept');
  const call = async (tool: string, input: object) => (await client.call(tool, { ...input })).text;
  return {
    app,
    client,
    cluster,
    call,
    plan: (action, input) => call('plan_change', { action, input, reason: 'work on the hosts' }),
    apply: (planned) => call('apply_plan', { plan: planIdIn(planned), acknowledge: lessonsIn(planned) }),
    async approve(planned) {
      await app.operator.approve(planIdIn(planned), person, 'cli');
    },
    async close() {
      await client.close();
      await server.close();
      await app.close();
    },
  };
}
