import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshHome, type Started, startCli } from '../support/run-cli.ts';
import { skipSuite } from '../support/skip.ts';

const modules = join(import.meta.dirname, '../clients/node_modules');
const CONFORMANCE = join(modules, '@modelcontextprotocol/conformance/dist/index.js');
const INSPECTOR = join(modules, '.bin/mcp-inspector');
const missing = existsSync(CONFORMANCE) && existsSync(INSPECTOR) ? '' : 'the suites (npm ci --prefix test/clients)';

/** Both suites need Node 22 or newer, which runs this test. */
async function run(script: string, args: readonly string[]): Promise<{ code: number; said: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...args], {
      timeout: 120_000,
      maxBuffer: 1 << 26,
    });
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: code ?? -1, said: stdout + stderr };
  }
}

describe('the MCP suites', () => {
  if (missing !== '') {
    skipSuite('conformance', missing);
    return;
  }
  let program: Started;
  beforeAll(async () => {
    program = await startCli(freshHome(), ['up', '--lab', 'demo', '--port', '0']);
  });
  afterAll(() => program?.stop());

  test.each(['2026-07-28', '2025-11-25'])(
    'conformance with %s: nothing fails but what needs fixtures',
    async (revision) => {
      const expected = join(import.meta.dirname, `conformance/expected-${revision}.yml`);
      const url = String(program.facts['url']);
      const { code, said } = await run(CONFORMANCE, [
        'server',
        '--url',
        url,
        '--requirements',
        revision,
        '--expected-failures',
        expected,
      ]);
      expect(said.slice(said.indexOf('=== SUMMARY ==='))).toContain('tools-list');
      expect(code, said.slice(-3000)).toBe(0);
    },
    150_000,
  );

  test.each(['modern', 'legacy'])(
    'the Inspector finds nothing to say about tools/list (%s)',
    async (era) => {
      const url = String(program.facts['url']);
      const args = [
        '--cli',
        url,
        '--transport',
        'http',
        '--protocol-era',
        era,
        '--method',
        'tools/list',
        '--strict',
        '--format',
        'json',
      ];
      const { code, said } = await run(INSPECTOR, args);
      expect(code, said.slice(-3000)).toBe(0);
      expect(said).toContain('plan_change');
    },
    60_000,
  );
});
