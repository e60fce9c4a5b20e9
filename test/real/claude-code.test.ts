import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { CLI, freshHome, type Started, startCli } from '../support/run-cli.ts';
import { type ScriptedModel, startScriptedModel, type Turn } from '../support/scripted-model.ts';
import { skipSuite } from '../support/skip.ts';

const CLAUDE = join(import.meta.dirname, '../clients/node_modules/.bin/claude');
const missing = existsSync(CLAUDE) ? '' : 'Claude Code (npm ci --prefix test/clients)';

const service = (selector: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: cardboard\nspec:\n  selector:\n${selector}  ports:\n    - port: 80\n      targetPort: 8080\n`;
const TRAP = service('    app.kubernetes.io/name: cardboard\n');
const RIGHT = service('    app.kubernetes.io/name: cardboard\n    app.kubernetes.io/component: web\n');
const call = (tool: string, input: unknown) => ({ tool: `mcp__steward__${tool}`, input });
const plan = (action: string, input: unknown, reason: string) => call('plan_change', { action, input, reason });
const planId = (text: string | undefined): string => /\bplan-[a-z0-9]+/.exec(text ?? '')?.[0] ?? 'plan-none';

/** Steps (b) and (c) of the demo, as a model would take them. */
const STORY: Turn[] = [
  () => plan('cluster_apply', { manifest: TRAP }, 'other apps want to reach the web app'),
  () => plan('cluster_apply', { manifest: RIGHT }, 'with the component, as the lesson says'),
  (results) => call('apply_plan', { plan: planId(results.at(-1)), acknowledge: [] }),
  () => ({ text: 'The service is there.' }),
];

/** A change that asks: the answer comes from the client's own hook. */
const ASKS: Turn[] = [
  () => plan('cluster_cordon', { node: 'k3s-agent-4' }, 'a new disk'),
  (results) => call('apply_plan', { plan: planId(results.at(-1)), acknowledge: [] }),
  () => ({ text: 'Done.' }),
];

interface Way {
  readonly name: string;
  readonly server: () => Promise<{ readonly config: unknown; readonly started?: Started }>;
}

const WAYS: Way[] = [
  {
    name: 'stdio',
    server: async () => ({
      config: { command: process.execPath, args: [CLI, 'up', '--stdio', '--lab', 'demo'], env: { HOME: freshHome() } },
    }),
  },
  {
    name: 'HTTP',
    server: async () => {
      const started = await startCli(freshHome(), ['up', '--lab', 'demo', '--port', '0']);
      return { config: { type: 'http', url: String(started.facts['url']) }, started };
    },
  },
];

describe.each(WAYS)('Claude Code over $name', ({ server }) => {
  if (missing !== '') {
    skipSuite('claude-code', missing);
    return;
  }
  const opened: { model?: ScriptedModel; started?: Started } = {};
  afterEach(async () => {
    await opened.model?.close();
    await opened.started?.stop();
  });

  /** Runs the client in a home of its own; `answer` is what its elicitation hook says. */
  async function run(turns: readonly Turn[], answer?: 'accept' | 'decline'): Promise<ScriptedModel> {
    const home = freshHome();
    const model = await startScriptedModel(turns);
    const { config, started } = await server();
    Object.assign(opened, { model, started });
    const mcp = join(home, 'mcp.json');
    writeFileSync(mcp, JSON.stringify({ mcpServers: { steward: config } }));
    const settings = join(home, 'settings.json');
    writeFileSync(settings, JSON.stringify(answer === undefined ? {} : hook(home, answer)));
    const work = join(home, 'work');
    mkdirSync(work);
    const tools = ['plan_change', 'apply_plan'].map((name) => `mcp__steward__${name}`).join(',');
    const args = [
      '-p',
      'Give the web app a service.',
      '--mcp-config',
      mcp,
      '--strict-mcp-config',
      '--settings',
      settings,
      '--allowedTools',
      tools,
    ];
    await promisify(execFile)(CLAUDE, args, { cwd: work, timeout: 120_000, env: environment(home, model.url) });
    return model;
  }

  test('the trap is denied with its lesson, the right one is applied and verified', async () => {
    const model = await run(STORY);
    const [denied, allowed, applied] = shown(model);
    expect(denied).toMatch(/DENIED/);
    expect(denied).toContain('k8s-service-selector-overmatch');
    expect(denied).toContain('StatefulSet cardboard/cardboard-postgres');
    expect(allowed).toMatch(/ALLOWED/);
    expect(applied).toMatch(/DONE and verified/);
  }, 150_000);

  test('a change that asks is approved by the hook of the client', async () => {
    const model = await run(ASKS, 'accept');
    const [planned, applied] = shown(model);
    expect(planned).toMatch(/ASKS FOR A PERSON/);
    expect(applied).toMatch(/DONE and verified/);
  }, 150_000);

  test('without anybody to answer nothing is changed', async () => {
    const model = await run(ASKS);
    expect(shown(model)[1]).toMatch(/NOT executed/);
  }, 150_000);
});

/** What the model was shown as results of its tool calls, in order. */
function shown(model: ScriptedModel): string[] {
  const last = model.requests.findLast(({ tools }) => (tools?.length ?? 0) > 0);
  return (last?.messages ?? [])
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter(({ type }) => type === 'tool_result')
    .map(({ content }) =>
      typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join('\n'),
    );
}

function hook(home: string, action: 'accept' | 'decline'): unknown {
  const script = join(home, 'answer.sh');
  const answer = { hookSpecificOutput: { hookEventName: 'Elicitation', action, content: { ok: action === 'accept' } } };
  writeFileSync(script, `#!/bin/sh\ncat > /dev/null\necho '${JSON.stringify(answer)}'\n`);
  chmodSync(script, 0o755);
  return { hooks: { Elicitation: [{ matcher: '', hooks: [{ type: 'command', command: script }] }] } };
}

const environment = (home: string, model: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  ANTHROPIC_BASE_URL: model,
  ANTHROPIC_API_KEY: 'x',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  ENABLE_TOOL_SEARCH: 'false',
});
