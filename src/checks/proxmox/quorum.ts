import * as z from 'zod';
import type { Parts } from '../../world/parts.ts';
import type { ProxmoxCluster, ProxmoxNode } from '../../world/proxmox/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { enumerate } from '../facts.ts';
import { faultOn, keyOf, proxmoxTouches, subjectOf } from './facts.ts';

const LESSONS: readonly string[] = ['watchdog-false-positive'];

export default defineCheck({
  id: 'P01',
  title: 'Every Proxmox cluster has quorum, healthy high availability, and at most one host away',
  severity: 'critical',
  why: 'Without quorum /etc/pve is read-only and nothing can start; with armed high availability the hosts that lost it reset themselves.',
  needs: ['proxmoxCluster', 'proxmoxNodes'],
  wants: ['proxmoxHa', 'change'],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate: ({ proxmoxCluster, proxmoxNodes, proxmoxHa, change }) =>
    [...proxmoxCluster].flatMap(([name, cluster]) => {
      const nodes = [...proxmoxNodes.values()].filter(({ metadata }) => metadata.namespace === name);
      return [
        ...quorumFaults(name, cluster, nodes),
        ...severalAway(name, nodes),
        ...haFaults(name, cluster, proxmoxHa),
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
      fingerprint: `P01:away:${name}:${names.sort().join(',')}`,
      lessons: [],
    },
  ];
}

function haFaults(name: string, { stale }: ProxmoxCluster, ha: Parts['proxmoxHa'] | undefined): readonly FoundFault[] {
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
    ...stale.map(
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
