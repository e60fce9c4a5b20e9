import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { countingIds } from '../../core/ids.ts';
import { createRegistry } from '../registry.ts';
import { caller, NOW } from '../testing.ts';
import { fakeGraph, fakeLessons, lesson } from '../testing-plan.ts';
import { toolsets } from '../toolsets.ts';

const registry = createRegistry({
  toolsets,
  clients: { graph: fakeGraph([lesson(), lesson({ id: 'another-one' })]), lessons: fakeLessons() },
  clock: new ManualClock(NOW),
  random: countingIds(),
});

test('who may see some namespaces only is not told what happened where', async () => {
  const everywhere = await registry.call('lessons_graph', { node: 'k8s-service-selector-overmatch' }, caller());
  expect(everywhere.text).toContain('incident:plan-7h2k9');
  const limited = caller({ namespaces: ['media'] });
  const { text } = await registry.call('lessons_graph', { node: 'k8s-service-selector-overmatch' }, limited);
  expect(text).not.toContain('incident:');
  expect(text).toContain('1 are outside of your namespaces');
  expect(text).toContain('lesson:another-one');
});

test('what it shows was not reviewed: the session is tainted', async () => {
  const one = caller();
  await registry.call('lessons_graph', { node: 'k8s-service-selector-overmatch' }, one);
  expect([...one.session.taint]).toEqual(['lesson']);
});

test.each(['yesterday', '2026-13-45', '2026-01-01T25:00:00Z', '2026'])(
  '%s is no time to look back to',
  async (time) => {
    const reply = await registry.call('lessons_search', { text: 'dns', as_of: time }, caller());
    expect(reply.text).toContain('invalid_input');
    expect(reply.isError).toBe(true);
  },
);

test('a look back takes a day or a time', async () => {
  for (const time of ['2026-01-31', '2026-01-31T10:00:00Z', '2026-01-31T10:00:00.5+02:00'])
    expect(await registry.call('lessons_search', { as_of: time }, caller())).toMatchObject({ isError: false });
});
