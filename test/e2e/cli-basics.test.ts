import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshHome, runCli } from '../support/run-cli.ts';

test('help names every command and every exit code', async () => {
  const { code, out, err } = await runCli(freshHome(), ['--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const name of 'demo up doctor plan apply approve freeze thaw lessons journal check lab token'.split(' '))
    expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  expect(out).toContain('Exit codes');
});

test('--version is the version of the package', async () => {
  expect(await runCli(freshHome(), ['--version'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test.each([
  ['an unknown command', ['dotor'], 64, 'wrong_usage'],
  ['an unknown option', ['doctor', '--colour'], 64, 'wrong_usage'],
  ['a missing argument', ['plan'], 64, 'wrong_usage'],
  ['a missing required option', ['plan', 'cluster_scale'], 64, 'wrong_usage'],
  ['no command', [], 64, undefined],
  ['a mode that is none', ['--mode', 'yolo', 'doctor'], 78, 'invalid_config_value'],
  ['a config that is not there', ['--config', 'x.yaml', 'doctor'], 78, 'config_not_found'],
  ['a port that is no number', ['up', '--port', 'many'], 64, 'invalid_option'],
  ['an input that is not there', ['plan', 'x', '--input', '@nowhere.json', '--lab'], 64, 'input_not_found'],
  ['a scope an agent never gets', ['token', 'create', 'a', '--scopes', 'read,approve'], 64, 'scope_refused'],
  ['an expiry that is none', ['token', 'create', 'a', '--expires', 'never'], 64, 'invalid_expiry'],
  ['a token nobody has', ['token', 'revoke', 'a'], 66, 'unknown_token'],
  ['no cluster', ['doctor'], 78, 'no_cluster'],
])('%s is refused with a code and a way on', async (_name, args, code, errorCode) => {
  const home = freshHome();
  const plain = await runCli(home, args);
  expect({ code: plain.code, out: plain.out }).toEqual({ code, out: errorCode === undefined ? plain.out : '' });
  if (errorCode === undefined) return;
  expect(plain.err).toMatch(/^error Unable to .*\[\w+\]\n {2}\S/m);
  const { error } = JSON.parse((await runCli(home, ['--json', ...args])).out);
  expect(error).toMatchObject({
    code: errorCode,
    message: expect.stringMatching(/^Unable to /),
    hint: expect.any(String),
  });
});

test('an unknown variable stops the start and lists the known ones', async () => {
  const ended = await runCli(freshHome(), ['token', 'list'], { env: { STEWARD_MODUS: 'x' } });
  expect(ended).toMatchObject({ code: 78, err: expect.stringContaining('STEWARD_MODE') });
});

test('a token is shown once, listed without itself, and revoked', async () => {
  const home = freshHome();
  const made = await runCli(home, [
    'token',
    'create',
    'alice/claude-code',
    '--scopes',
    'read,plan,operate',
    '--namespaces',
    'media-*',
  ]);
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^steward_[\w-]{43}\n$/) });
  const list = await runCli(home, ['token', 'list']);
  expect(list.out).toMatch(/^alice\/claude-code +read,plan,operate +media-\* +20\d\d-/m);
  expect(list.out).not.toContain(made.out.trim().slice(10));
  expect(await runCli(home, ['token', 'create', 'alice/claude-code'])).toMatchObject({ code: 64 });
  expect(await runCli(home, ['token', 'revoke', 'alice/claude-code'])).toMatchObject({ code: 0 });
  expect(JSON.parse((await runCli(home, ['token', 'list', '--json'])).out)).toEqual([]);
});

test('colours are for a person at a terminal only', async () => {
  const { err } = await runCli(freshHome(), ['token', 'revoke', 'a']);
  expect(err).not.toContain('\u001b');
});

test('settings come from the usual file, and data goes to the usual folder', async () => {
  const home = freshHome();
  mkdirSync(join(home, '.config/steward'), { recursive: true });
  writeFileSync(join(home, '.config/steward/config.yaml'), 'dataDir: ../../data\n');
  await runCli(home, ['token', 'create', 'a']);
  expect(existsSync(join(home, 'data/tokens.json'))).toBe(true);
});
