import { createZfsHosts } from '../../../src/clients/zfs/hosts.ts';
import { denied } from '../../../src/core/errors.ts';
import type { Permit } from '../../../src/core/permit.ts';
import type { Draft } from '../../../src/core/plan.ts';
import { targetKey } from '../../../src/core/target.ts';
import { caller } from '../../../src/tools/testing.ts';
import { toolsets } from '../../../src/tools/toolsets.ts';
import { createWorldReader } from '../../../src/world/create-reader.ts';
import { clientOf, labOf, RECORDED, signal } from './support.ts';

/** Plans and runs the ZFS actions on a fresh lab, past the guard: it has tests of its own. */
export const actions = toolsets.flatMap((set) => (set.name === 'zfs' ? set.actions : []));
export const find = (name: string) => {
  const action = actions.find((one) => one.name === name);
  if (action === undefined) throw new Error(`no action ${name}`);
  return action;
};

export function drive(facts: object = RECORDED) {
  const lab = labOf(facts);
  const written: string[] = [];
  const client = clientOf(lab.lab, (permit, { target, verb }) => {
    written.push(`${verb} ${targetKey(target)}`);
    if (!permit?.touches.some((touch) => touch.verb === verb && targetKey(touch.target) === targetKey(target)))
      throw denied('permit_out_of_scope', `Unable to ${verb} ${targetKey(target)}: it is not in touches.`, 'Plan it.');
  });
  const zfs = createZfsHosts([client]);
  const ctx = () => ({
    clients: { zfs },
    now: lab.clock.now(),
    signal,
    session: caller().session,
    progress: () => undefined,
  });
  const plan = (name: string, input: object): Promise<Draft> => find(name).plan(find(name).input.parse(input), ctx());
  return {
    ...lab,
    client,
    zfs,
    written,
    plan,
    /** Runs with exactly the planned touches, lets time pass, and looks whether it worked. */
    async change(name: string, input: object, { afterMs = 0 } = {}) {
      const draft = await plan(name, input);
      const parsed = find(name).input.parse(input);
      const permit = { planId: 'p', touches: draft.touches, notAfter: new Date(8e15) } as unknown as Permit;
      const result: unknown = await find(name).run(parsed, { ...ctx(), permit });
      lab.clock.advance(afterMs);
      return { draft, verdict: await find(name).verify(parsed, result, ctx()) };
    },
    world: () => createWorldReader({ zfs, clock: lab.clock }).world({ maxAgeMs: 0, signal }),
    async disk(serial: string) {
      const [disks, pools] = await Promise.all([client.disks(signal), client.pools(signal)]);
      const disk = disks.find((one) => one.serial === serial);
      const text = JSON.stringify(pools.flatMap(({ vdevs }) => vdevs));
      const guid = new RegExp(`LAB${serial.slice(3)}-part1","type":"disk","guid":"(\\d+)"`).exec(text)?.[1] ?? '';
      return { id: disk?.id ?? '', guid, serial };
    },
  };
}
export type Driven = ReturnType<typeof drive>;

/** Stands in for the guard's permit in the preparation of a case. */
export const ANY = {
  touches: new Proxy([], { get: (_, name) => (name === 'some' ? () => true : undefined) }),
} as unknown as Permit;
