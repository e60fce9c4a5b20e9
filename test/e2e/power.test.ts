import { afterEach, expect, test } from 'vitest';
import { type House, openHouse } from '../support/mcp-house.ts';

/** The power of a host is cut and given back through the whole gate, on the strip of the lab, by a real MCP client. */
let house: House;
afterEach(() => house.close());

const plan = (host: string) => house.plan('power_cycle', { host });
const node = (name: string) => house.cluster.state.nodes.get(name);

test('a host that hangs is cycled after a second yes, alone, and answers again; once an hour', {
  timeout: 120_000,
}, async () => {
  house = await openHouse('pve-host-hung');
  const planned = await plan('pve3');
  expect(planned).toContain('ASKS FOR A PERSON (power)');
  expect(planned).toMatch(/outlet pve3 \([0-9A-F]{40}02\) of strip rack, on, 61 W/);
  expect(planned).toContain('api to pve3: 5 of 5 failed');
  expect(planned).toContain('api to pve1: 0 of 5 failed');
  expect(await house.apply(planned)).toContain('approval_required');
  await house.approve(planned);
  const others = ['pve1', 'pve2'].map((name) => node(name)?.bootedAt);
  const applied = await house.apply(planned);
  expect(applied).toContain('DONE and verified');
  for (const seen of ['before: on, 61 W', 'seen off, 0 W', 'seen on again, 61 W', 'pve3 answers api and ssh'])
    expect(applied).toContain(seen);
  expect(node('pve3')?.online).toBe(true);
  expect(['pve1', 'pve2'].map((name) => node(name)?.bootedAt)).toEqual(others);

  // It hangs again at once: once more will not help.
  house.cluster.setNodeOnline('pve3', false);
  expect(await plan('pve3')).toMatch(/DENIED[\s\S]*less than an hour ago/);
});

test('not one that lives, that nobody has configured, or while another is away', async () => {
  house = await openHouse('pve-host-hung');
  expect(await plan('pve1')).toMatch(/DENIED[\s\S]*P02/);
  expect(await plan('nas')).toContain('unknown_outlet');
  house.cluster.setNodeOnline('pve2', false);
  const text = await plan('pve3');
  expect(text).toMatch(/DENIED/);
  expect(text).toMatch(/quorum|pve2 is away as well/);
});

test('not when it came back between plan and apply', {
  timeout: 60_000,
}, async () => {
  house = await openHouse('pve-host-hung');
  const planned = await plan('pve3');
  await house.approve(planned);
  house.cluster.setNodeOnline('pve3', true);
  const applied = await house.apply(planned);
  expect(applied).toContain('NOT executed');
  expect(node('pve3')?.online).toBe(true);
});
