import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CommandSpec, demandAllowed } from './spec.ts';

const specs: CommandSpec[] = [
  { name: 'scrub', argv: ['zpool', 'scrub', { slot: 'pool', pattern: /[a-z][a-z0-9_-]*/ }], writes: true },
  { name: 'status', argv: ['zpool', 'status'], writes: false },
];
const refused = expect.objectContaining({ code: 'command_not_allowed' });

test('exactly the listed vectors are allowed', () => {
  expect(demandAllowed(specs, ['zpool', 'scrub', 'tank'], 'h').name).toBe('scrub');
  for (const argv of [
    ['zpool', 'scrub'],
    ['zpool', 'scrub', '-s', 'tank'],
    ['zpool', 'scrub', '-f'],
    ['zpool', 'scrub', 'tank', 'x'],
    ['zpool', 'scrub', 'tank;reboot'],
    ['zpool', 'scrub', 'tank\nreboot'],
    ['zpool', 'scrub', '$(reboot)'],
    ['zpool status'],
    ['sh', '-c', 'zpool status'],
    [],
  ])
    expect(() => demandAllowed(specs, argv, 'h'), argv.join(' ')).toThrow(refused);
});

test('no text in a slot becomes a flag, a second command or another argument', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (/^[a-z][a-z0-9_-]*$/.test(text)) return;
      expect(() => demandAllowed(specs, ['zpool', 'scrub', text], 'h')).toThrow(refused);
    }),
    { numRuns: 2_000 },
  );
});
