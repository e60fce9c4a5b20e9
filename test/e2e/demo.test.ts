import { expect, test } from 'vitest';
import { freshHome, runCli } from '../support/run-cli.ts';

test('the demo tells its story, offline, and leaves nothing behind', async () => {
  const home = freshHome();
  const { code, out, err } = await runCli(home, ['demo']);
  expect(err).not.toContain('Not as told');
  expect(code).toBe(0);
  const order = [
    'a. ',
    'DENIED',
    'ALLOWED',
    'DONE and verified',
    'ASKS FOR A PERSON',
    'DENIED',
    'prevented 2',
    'The chain is whole',
    'g. ',
    'DONE and verified',
    'j. ',
    'DENIED',
    'etcd-two-members-moved',
    'claude mcp add',
  ];
  let at = 0;
  for (const part of order) {
    const next = out.indexOf(part, at);
    expect(next, part).toBeGreaterThanOrEqual(0);
    at = next + 1;
  }
  for (const hit of ['Deployment cardboard/cardboard-web', 'StatefulSet cardboard/cardboard-postgres'])
    expect(out).toContain(hit);
  expect((await runCli(home, ['journal', 'list'])).out).toContain('The journal is empty');
});

test('the demo as data', async () => {
  const { code, out } = await runCli(freshHome(), ['demo', '--json']);
  const { ok, surprises, steps } = JSON.parse(out) as { ok: boolean; surprises: string[]; steps: { tool?: string }[] };
  expect({ code, ok, surprises }).toEqual({ code: 0, ok: true, surprises: [] });
  expect(new Set(steps.map(({ tool }) => tool))).toContain('apply_plan');
});
