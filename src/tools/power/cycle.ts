import * as z from 'zod';
import { outletTouch } from '../../clients/kasa/client.ts';
import { outletObject } from '../../world/proxmox/power.ts';
import { defineAction } from '../define.ts';

const TRIES = 5;
const OFF_SECONDS = 12;

export default defineAction({
  name: 'power_cycle',
  title: 'Cut the power of a host and give it back',
  description:
    'Switch the one outlet of a dead host off and on again. The last resort: refused while the host answers anything, while quorum is in danger, or too often.',
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
    const { strip, child, idleWatts, alsoFeeds } = facts;
    const value = {
      ...outletObject({ host, strip, child, idleWatts, alsoFeeds }, reading),
      evidence: { probes: [...probes], attempts: [...attempts] },
    };
    return {
      preview: [
        `Host ${host}: outlet ${reading.alias} (${child}) of strip ${strip}, ${reading.on ? 'on' : 'off'}, ${reading.watts} W`,
        `off, seen to be off, ${OFF_SECONDS} s, on, seen to draw power; everything on the host is cut off hard`,
        ...probes.map((probe) => `${probe.kind} to ${probe.host}: ${probe.failures} of ${probe.tries} failed`),
      ].join('\n'),
      effects: [{ op: 'put', part: 'powerOutlets', id: host, value }],
      preconditions: [{ target: outletTouch(host).target, uid: child, version: reading.on ? 'on' : 'off' }],
      touches: [outletTouch(host)],
      undo: 'Nothing to undo: the power is back; what was not written is lost.',
    };
  },
  run: ({ host }, { clients: { power }, permit, signal, ...ctx }) =>
    power.cycle(host, { offSeconds: OFF_SECONDS }, permit, signal, (line) => ctx.progress(line)),
  async verify({ host }, result, { clients: { power }, signal }) {
    const [reading, probes] = await Promise.all([power.read(host, signal), power.probe(host, 1, signal)]);
    const answers = probes.filter((probe) => probe.host === host && probe.failures === 0).map(({ kind }) => kind);
    const evidence = [
      ...(result === undefined
        ? []
        : [`${result.wattsBefore} W before, ${result.wattsOff} W while off, ${result.wattsAfter} W after`]),
      `outlet ${reading.on ? 'on' : 'off'}, ${reading.watts} W`,
      answers.length > 0
        ? `${host} answers ${answers.join(' and ')}`
        : `${host} does not answer yet; booting takes up to ten minutes`,
    ];
    if (!reading.on) return { ok: 'no', evidence };
    return { ok: result !== undefined && answers.length > 0 ? 'yes' : 'unknown', evidence };
  },
});
