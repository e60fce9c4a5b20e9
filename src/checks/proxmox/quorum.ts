import * as z from 'zod';
import type { Parts } from '../../world/parts.ts';
import type { ProxmoxCluster, ProxmoxNode } from '../../world/proxmox/schema.ts';
import { before } from '../before-change.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { enumerate } from '../facts.ts';
import { faultOn, keyOf, proxmoxTouches, subjectOf } from './facts.ts';

const LESSONS: readonly string[] = ['watchdog-false-positive'];

export default defineCheck({
  id: 'P01',
  title: 'Every Proxmox cluster has quorum, all of its hosts, and healthy high availability',
  severity: 'critical',
  why: 'Without quorum /etc/pve is read-only and nothing can start; with armed high availability the hosts that lost it reset themselves.',
  needs: ['proxmoxCluster', 'proxmoxNodes'],
  wants: ['proxmoxHa', 'proxmoxGuests', 'change', 'replaced'],
  demands: ['proxmoxHa'],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate: (world) =>
    [...world.proxmoxCluster].flatMap(([name, cluster]) => {
      const { proxmoxNodes, proxmoxHa, change } = world;
      const isHere = ({ metadata }: ProxmoxNode): boolean => metadata.namespace === name;
      const nodes = [...proxmoxNodes.values()].filter(isHere);
      // A plan that reboots a host is judged by the rules for plans.
      const down = [...before('proxmoxNodes', proxmoxNodes, world).values()].filter(
        (node) => isHere(node) && !node.online,
      );
      return [
        ...quorumFaults(name, cluster, nodes),
        ...severalAway(name, nodes),
        ...(down.length === 1 ? down.filter(isMissed).map((node) => offline(node, cluster, world.proxmoxGuests)) : []),
        ...haFaults(name, cluster, { ha: proxmoxHa, down }),
        ...proxmoxTouches(change)
          .filter(({ target }) => target.namespace === name && !canChange(cluster))
          .slice(0, 1)
          .map((touch) =>
            faultOn('P01', touch, 'no-quorum', {
              message: `Proxmox ${name} ${cluster.quorum === 'lost' ? 'has no quorum' : 'does not tell whether it has quorum'}: nothing may be changed there.`,
              remedy: 'Bring a second host back first; reads go on.',
            }),
          ),
      ];
    }),
});

const canChange = ({ quorum }: ProxmoxCluster): boolean => quorum === 'quorate' || quorum === 'standalone';

const votesOf = (nodes: readonly ProxmoxNode[]): number =>
  nodes.filter(({ online }) => online).reduce((sum, { votes }) => sum + votes, 0);

function quorumFaults(name: string, cluster: ProxmoxCluster, nodes: readonly ProxmoxNode[]): readonly FoundFault[] {
  const { quorum, expectedVotes = 0 } = cluster;
  const votes = votesOf(nodes);
  const evidence = nodes.map(
    ({ metadata, online, votes: own }) =>
      `${metadata.name}: ${online ? 'online' : 'offline'}, ${own} vote${own === 1 ? '' : 's'}`,
  );
  const common = {
    target: `Cluster ${name}`,
    subject: { part: 'proxmoxCluster' as const, id: name },
    evidence,
    lessons: LESSONS,
  };
  if (quorum === 'standalone') return [];
  if (quorum === 'lost' || votes < expectedVotes)
    return [
      {
        ...common,
        message: `Proxmox ${name} ${quorum === 'lost' ? 'has lost' : 'would lose'} its quorum: ${votes} of ${expectedVotes} votes that it takes.`,
        remedy: 'Bring hosts back until there are enough votes; never lower the expected votes to get by.',
        fingerprint: `P01:quorum:${name}`,
      },
    ];
  if (quorum === 'unknown')
    return [
      {
        ...common,
        message: `Proxmox ${name} does not tell whether it has quorum.`,
        remedy: 'Ask another host: pvecm status.',
        fingerprint: `P01:quorum-unknown:${name}`,
        unknown: true,
      },
    ];
  return [];
}

/** Somebody who works on a host says so in its note. */
const isMissed = ({ maintenance }: ProxmoxNode): boolean => maintenance === undefined;

function offline(
  { metadata }: ProxmoxNode,
  { stale }: ProxmoxCluster,
  guests: Parts['proxmoxGuests'] | undefined,
): FoundFault {
  const { namespace = '', name } = metadata;
  const own = [...(guests?.values() ?? [])].filter(
    ({ node, template, metadata: { namespace: cluster } }) => cluster === namespace && node === name && !template,
  );
  return {
    target: `Host ${keyOf(metadata)}`,
    subject: { part: 'proxmoxNodes', id: keyOf(metadata) },
    severity: 'high',
    message: `Host ${keyOf(metadata)} is offline: the other hosts do not hear it.`,
    evidence: [
      `guests there, state unknown: ${enumerate(
        own.map(({ vmid, name: guest }) => `${vmid} ${guest}`),
        12,
      )}`,
      ...stale.filter((line) => hostOfReport(line) === name),
    ],
    remedy:
      'Look at its console, its network and its power; depends_on says what hangs on it. No other host may go until it is back.',
    fingerprint: `P01:offline:${keyOf(metadata)}`,
    lessons: [],
  };
}

/** `lrm:pve3 (...)`: the part of high availability that runs on that host. */
const hostOfReport = (line: string): string | undefined => /^lrm:([^:\s]+)/.exec(line)?.[1];

/** A single host is never "several". */
function severalAway(name: string, nodes: readonly ProxmoxNode[]): readonly FoundFault[] {
  const away = nodes.filter(({ online, maintenance }) => !online || maintenance !== undefined);
  if (away.length < 2) return [];
  const names = away.map(({ metadata }) => metadata.name);
  return [
    {
      target: `Cluster ${name}`,
      subject: { part: 'proxmoxCluster', id: name },
      severity: 'high',
      message: `${enumerate(names)} of ${name} are away at the same time (down or in maintenance).`,
      evidence: away.map(
        ({ metadata, online, maintenance }) =>
          `${metadata.name}: ${online ? `maintenance, ${maintenance ?? ''}` : 'offline'}`,
      ),
      remedy: 'One host at a time: bring one back before another goes.',
      fingerprint: `P01:away:${name}:${names.toSorted().join(',')}`,
      shared: names,
      lessons: [],
    },
  ];
}

/** A host that is down does not report either: that is told with the host. */
function haFaults(
  name: string,
  { stale }: ProxmoxCluster,
  { ha, down }: { readonly ha: Parts['proxmoxHa'] | undefined; readonly down: readonly ProxmoxNode[] },
): readonly FoundFault[] {
  const silent = stale.filter((line) => !down.some(({ metadata }) => metadata.name === hostOfReport(line)));
  const services = [...(ha?.values() ?? [])].filter(
    ({ metadata, state }) => metadata.namespace === name && ['error', 'fence', 'recovery'].includes(state),
  );
  return [
    ...services.map(
      (service): FoundFault => ({
        target: `HA service ${keyOf(service.metadata)}`,
        subject: subjectOf('proxmoxHa', service),
        message: `High availability has ${service.metadata.name} in state ${service.state}: it does nothing more for it.`,
        evidence: [`node ${service.node ?? 'unknown'}, wanted ${service.requestState ?? 'unknown'}`],
        remedy: 'See its last task, end the cause, then set its requested state to disabled and back to started.',
        fingerprint: `P01:ha:${keyOf(service.metadata)}:${service.state}`,
        lessons: [],
      }),
    ),
    ...silent.map(
      (line): FoundFault => ({
        target: `Cluster ${name}`,
        subject: { part: 'proxmoxCluster', id: name },
        severity: 'high',
        message: `A part of high availability of ${name} does not report any more.`,
        evidence: [line],
        remedy: 'See whether that host is up and pve-ha-lrm (pve-ha-crm) runs there.',
        fingerprint: `P01:stale:${name}:${line.split(':')[0] ?? ''}`,
        lessons: [],
      }),
    ),
  ];
}
