import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { createRegistry } from '../registry.ts';
import { caller } from '../testing.ts';
import { toolsets } from '../toolsets.ts';

const actions = toolsets.flatMap((set) => set.actions);
const unused = (): never => {
  throw new Error('nothing is planned here');
};

const plan = async (action: string): Promise<string> => {
  const registry = createRegistry({
    toolsets: toolsets.filter(({ name }) => name === 'ops'),
    clients: {
      actions,
      gate: { propose: unused, apply: unused, show: unused },
      lessons: { consult: unused, search: unused, get: unused, record: unused, count: unused, revision: unused },
    },
    clock: new ManualClock('2026-11-24T12:00:00Z'),
    random: () => 'abcdefghij',
  });
  return (await registry.call('plan_change', { action, input: {}, reason: 'more room' }, caller())).text;
};

test.each(['zpool_add', 'zpool add', 'zpool add -f tank /dev/sdx', 'zfs destroy -r tank/media', 'ZPOOL-DESTROY tank'])(
  '%s is refused as what it is, whatever it is written like',
  async (name) => expect(await plan(name)).toContain('always_refused'),
);

test.each(['zpool', 'zfs snapshot tank@now', 'add disk'])('%s is a name that is not known, no more', async (name) =>
  expect(await plan(name)).toContain('unknown_action'),
);
