import { expect, test } from 'vitest';
import type { PowerOutlet } from '../../world/proxmox/schema.ts';
import { run } from '../testing.ts';
import { after, guest, homelab, host, type Lab, marks, outlet, plain, server } from '../testing-machines.ts';
import proxmoxPower from './power.ts';

const probe = (kind: string, name: string, failures: number) => ({ kind, host: name, failures, tries: 5 });
const dead = [probe('api', 'pve1', 5), probe('ssh', 'pve1', 5), probe('api', 'pve2', 0)];
const evidence = (probes = dead, attempts: { host: string; at: string }[] = []) => ({ probes, attempts });

/** pve1 hangs for an hour, everything else is well. */
const hung = (more: Lab = {}) =>
  homelab({
    nodes: { 's-1': plain(server('s-1', false)), 's-2': plain(server('s-2')), 's-3': plain(server('s-3')) },
    proxmoxNodes: {
      'home/pve1': host('pve1', { online: false }),
      'home/pve2': host('pve2'),
      'home/pve3': host('pve3'),
    },
    proxmoxGuests: { 'home/101': guest(101, 's-1', 'pve1', { status: 'unknown' }) },
    powerOutlets: { pve1: outlet('pve1', 'A00'), pve2: outlet('pve2', 'A01') },
    ...more,
  });
const judge = (more: Lab = {}, own: Partial<PowerOutlet> = {}) =>
  marks(
    proxmoxPower,
    after(hung(more), {
      action: 'power_cycle',
      targets: [{ system: 'power', kind: 'Outlet', name: 'pve1' }],
      touches: [{ target: { system: 'power', kind: 'Outlet', name: 'pve1' }, verb: 'patch' }],
      effects: [
        { op: 'put', part: 'powerOutlets', id: 'pve1', value: outlet('pve1', 'A00', { evidence: evidence(), ...own }) },
      ],
    }),
  ).map((mark) => mark.replace(/:pve1$/, ''));

test('a host that is dead for an hour, alone, and whose outlet is certain may be cycled', () => {
  expect(judge()).toEqual([]);
  expect(run(proxmoxPower, hung()).status).toBe('not_applicable');
});

test('rule 1 and 9: two kinds of probe, five times each, and a witness', () => {
  expect(
    judge({}, { evidence: evidence([probe('api', 'pve1', 5), probe('ssh', 'pve1', 4), probe('api', 'pve2', 0)]) }),
  ).toEqual(['alive']);
  expect(judge({}, { evidence: evidence([...dead, probe('icmp', 'pve1', 0)]) })).toEqual(['answers']);
  expect(
    judge({}, { evidence: evidence([probe('api', 'pve1', 5), probe('ssh', 'pve1', 5), probe('api', 'pve2', 5)]) }),
  ).toEqual(['no-witness']);
  expect(judge({}, { evidence: evidence([]) })).toEqual(['alive']);
});

test('rule 2: ten minutes while high availability is armed, five without, and never without a time', () => {
  const since = (time: string | undefined) => ({
    ...plain(server('s-1', false)),
    status: { conditions: [{ type: 'Ready', status: 'Unknown', lastTransitionTime: time }], addresses: [] },
  });
  const off = {
    proxmoxCluster: { home: { quorum: 'quorate', expectedVotes: 2, armed: false, stale: [], missingPrivileges: [] } },
  };
  expect(judge({ nodes: { 's-1': since('2026-11-20T11:53:00Z') } })).toEqual(['too-early']);
  expect(judge({ nodes: { 's-1': since('2026-11-20T11:50:00Z') } })).toEqual([]);
  expect(judge({ nodes: { 's-1': since('2026-11-20T11:53:00Z') }, ...off })).toEqual([]);
  expect(judge({ nodes: { 's-1': since('2026-11-20T11:56:00Z') }, ...off })).toEqual(['too-early']);
  expect(judge({ nodes: { 's-1': since(undefined) } })).toEqual(['since']);
});

test('rule 3 and 4: quorum, the target already counts as offline, and nobody else is away', () => {
  const cluster = (quorum: string) => ({
    proxmoxCluster: { home: { quorum, expectedVotes: 2, stale: [], missingPrivileges: [] } },
  });
  expect(judge(cluster('lost'))).toEqual(['quorum']);
  expect(judge(cluster('unknown'))).toEqual(['quorum']);
  expect(judge({ proxmoxNodes: { 'home/pve1': host('pve1'), 'home/pve2': host('pve2') } })).toEqual(['online']);
  expect(
    judge({
      proxmoxNodes: { 'home/pve1': host('pve1', { online: false }), 'home/pve2': host('pve2', { maintenance: 'x' }) },
    }),
  ).toEqual(['another']);
});

test('rule 5: not in maintenance, not just started, not at work', () => {
  const own = (more: object) => ({
    proxmoxNodes: { 'home/pve1': host('pve1', { online: false, ...more }), 'home/pve2': host('pve2') },
  });
  expect(judge(own({ maintenance: 'ram' }))).toEqual(['maintenance']);
  expect(judge(own({ uptimeSeconds: 899 }))).toEqual(['booting']);
  expect(judge(own({ uptimeSeconds: 900 }))).toEqual([]);
  const task = (type: string, node: string) => ({
    proxmoxTasks: { 'home/U': { node, type, id: '', user: 'u', startedAt: 'x', result: 'running', exitStatus: '' } },
  });
  expect(judge(task('vzdump', 'pve1'))).toEqual(['task']);
  expect(judge(task('vzdump', 'pve2'))).toEqual([]);
});

test('rule 6: the outlet is certain', () => {
  expect(judge({ powerOutlets: { pve1: outlet('pve1', 'A00'), pve2: outlet('pve2', 'A00') } })).toEqual(['shared']);
  expect(judge({}, { alsoFeeds: ['switch'] })).toEqual(['feeds']);
  expect(judge({}, { watts: 19 })).toEqual(['watts']);
  expect(judge({}, { on: false })).toEqual(['watts']);
  expect(judge({}, { unread: 'no answer' })).toEqual(['unread']);
});

test('rule 8: once an hour, twice a day, three times in all', () => {
  const at = (host_: string, ...times: string[]) =>
    times.map((time) => ({ host: host_, at: `2026-11-20T${time}:00Z` }));
  const with_ = (...attempts: { host: string; at: string }[]) => judge({}, { evidence: evidence(dead, attempts) });
  expect(with_(...at('pve1', '11:30'))).toEqual(['hour']);
  expect(with_(...at('pve1', '10:30'))).toEqual([]);
  expect(with_(...at('pve1', '02:00', '05:00'))).toEqual(['day']);
  expect(with_(...at('pve2', '02:00', '05:00', '06:00'))).toEqual(['day']);
  expect(with_(...at('pve2', '02:00', '05:00'))).toEqual([]);
});
