import * as z from 'zod';
import { outletTouch } from '../../clients/power/client.ts';
import type { OutletFacts, OutletReading, PowerReader } from '../../clients/power/contract.ts';
import { stateOf } from '../../clients/power/versions.ts';
import { outletObject } from '../../world/proxmox/power.ts';
import { poll } from '../cluster/support/pause.ts';
import { defineAction } from '../define.ts';

const TRIES = 5;
const OFF_SECONDS = 12;
/** A host that boots needs minutes; what is not back by then is looked for once more by `verify`. */
const BOOT = { forMs: 8 * 60_000, everyMs: 5_000 };

export default defineAction({
  name: 'power_cycle',
  title: 'Cut the power of a host and give it back',
  description:
    'Switch a dead host off and on again, by its one outlet or its own controller; one that can only be woken is woken. The last resort: refused while the host answers anything, while quorum is in danger, or too often.',
  signature: '{host}',
  reversibility: 'externally_reversible',
  needs: ['power'],
  input: z.strictObject({ host: z.string().min(1).max(253) }),
  targets: ({ host }) => [outletTouch(host).target],
  async plan({ host }, ctx) {
    const {
      clients: { power },
      signal,
    } = ctx;
    ctx.progress(`probing ${host} and the other hosts`);
    const reading = await power.read(host, signal);
    const [outlets, probes, attempts] = await Promise.all([
      power.outlets(),
      power.probe(host, TRIES, signal),
      power.attempts(signal),
    ]);
    const facts = outlets.find((outlet) => outlet.host === host);
    if (facts === undefined) throw new Error('an outlet that was read is configured');
    const { way, strip, child, idleWatts, alsoFeeds } = facts;
    const value = {
      ...outletObject({ host, way, strip, child, idleWatts, alsoFeeds }, reading),
      evidence: { probes: [...probes], attempts: [...attempts] },
    };
    return {
      preview: [
        whatIsSwitched(facts, reading),
        DEEDS[way],
        ...probes.map((probe) => `${probe.kind} to ${probe.host}: ${probe.failures} of ${probe.tries} failed`),
      ].join('\n'),
      effects: [{ op: 'put', part: 'powerOutlets', id: host, value }],
      preconditions: [{ target: outletTouch(host).target, uid: child, version: stateOf(reading.on) }],
      touches: [outletTouch(host)],
      undo: 'Nothing to undo: the power is back; what was not written is lost.',
    };
  },
  async run({ host }, { clients: { power }, permit, signal, ...ctx }) {
    const done = await power.cycle(host, { offSeconds: OFF_SECONDS }, permit, signal, (line) => ctx.progress(line));
    ctx.progress(`waiting for ${host} to answer`);
    await poll(async () => ((await answersOf(power, host, signal)).length > 0 ? true : undefined), { ...BOOT, signal });
    return done;
  },
  async verify({ host }, result, { clients: { power }, signal }) {
    const [reading, answers] = await Promise.all([power.read(host, signal), answersOf(power, host, signal)]);
    const evidence = [
      ...(result?.seen ?? []),
      ...(reading.on === undefined ? [] : [`power is ${stateOf(reading.on)}${wattsOf(reading)}`]),
      answers.length > 0
        ? `${host} answers ${answers.join(' and ')}`
        : `${host} does not answer yet; booting takes up to ten minutes`,
    ];
    if (reading.on === false) return { ok: 'no', evidence };
    return { ok: result !== undefined && answers.length > 0 ? 'yes' : 'unknown', evidence };
  },
});

const DEEDS: Readonly<Record<OutletFacts['way'], string>> = {
  strip: `off, seen to be off, ${OFF_SECONDS} s, on, seen to draw power; everything on the host is cut off hard`,
  bmc: `off, seen to be off, ${OFF_SECONDS} s, on, as far as its controller can; everything on the host is cut off hard`,
  wake: 'a magic packet: nothing is cut, and a host that hangs is not helped by it',
};

const wattsOf = ({ watts }: OutletReading): string => (watts === undefined ? '' : `, ${watts} W`);

const whatIsSwitched = ({ host, way, strip, child }: OutletFacts, reading: OutletReading): string =>
  way === 'strip'
    ? `Host ${host}: outlet ${reading.alias} (${child}) of strip ${strip}, ${stateOf(reading.on)}${wattsOf(reading)}`
    : `Host ${host}: ${strip}, ${reading.alias} (${child})${reading.on === undefined ? '' : `, ${stateOf(reading.on)}`}`;

/** The kinds of probe that the host itself answers now. */
async function answersOf(power: PowerReader, host: string, signal: AbortSignal): Promise<readonly string[]> {
  const probes = await power.probe(host, 1, signal);
  return probes.filter((probe) => probe.host === host && probe.failures === 0).map(({ kind }) => kind);
}
