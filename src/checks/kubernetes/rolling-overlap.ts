import * as z from 'zod';
import type { Node } from '../../world/kubernetes/cluster.ts';
import type { Deployment } from '../../world/kubernetes/workloads.ts';
import { resolvePercent } from '../../world/quantity.ts';
import { admits } from '../../world/scheduling.ts';
import { runningContainers } from '../../world/services.ts';
import { claimsOf } from '../../world/storage.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, enumerate } from '../facts.ts';

export default defineCheck({
  id: 'K10',
  title: 'No update runs two copies of a single-writer app',
  severity: 'medium',
  why: 'A rolling update starts the new pod beside the old one: both write to one volume, the new one waits for a volume on another node, or it never gets the host port. A change that brings this in asks a person.',
  needs: ['deployments', 'persistentVolumeClaims', 'nodes'],
  params: z.strictObject({}),
  introduced: 'ask',
  evaluate: ({ deployments, persistentVolumeClaims, nodes }) =>
    [...deployments].flatMap(([id, deployment]): readonly FoundFault[] => {
      if (!overlaps(deployment)) return [];
      const { spec } = deployment.spec.template;
      const volumes = claimsOf({ namespace: deployment.metadata.namespace ?? '', spec }).filter((claim) =>
        isSingleNode(persistentVolumeClaims.get(claim)?.spec.accessModes ?? []),
      );
      const ports = contestedPorts(deployment, [...nodes.values()]);
      return [
        ...(volumes.length > 0 ? [volumeFault(id, deployment, volumes)] : []),
        ...(ports.length > 0 ? [portFault(id, deployment, ports)] : []),
      ];
    }),
});

/** maxSurge of 25 % is the default, and rounds up to one. */
function overlaps({ spec }: Deployment): boolean {
  const { type = 'RollingUpdate', rollingUpdate } = spec.strategy ?? {};
  return (
    type === 'RollingUpdate' && resolvePercent(rollingUpdate?.maxSurge ?? '25%', Math.max(spec.replicas, 1), 'up') > 0
  );
}

/** ReadWriteOncePod is left out: there the scheduler itself keeps the second pod away. */
const isSingleNode = (modes: readonly string[]): boolean =>
  modes.includes('ReadWriteOnce') && !modes.includes('ReadWriteMany') && !modes.includes('ReadWriteOncePod');

/** Host ports of a pod that has no node left for one more of its kind. */
function contestedPorts({ spec }: Deployment, nodes: readonly Node[]): readonly number[] {
  const pod = spec.template.spec;
  const ports = runningContainers(pod).flatMap((each) =>
    each.ports.flatMap(({ hostPort, containerPort }) => hostPort ?? (pod.hostNetwork ? containerPort : [])),
  );
  const places = nodes.filter((node) => admits(pod, node).fits).length;
  return ports.length > 0 && places <= Math.max(spec.replicas, 1) ? ports : [];
}

const severityOf = ({ spec }: Deployment): 'medium' | 'low' => (spec.replicas === 0 ? 'low' : 'medium');

const volumeFault = (id: string, deployment: Deployment, claims: readonly string[]): FoundFault => ({
  target: `Deployment ${id}`,
  subject: { part: 'deployments', id },
  severity: severityOf(deployment),
  message: `An update of Deployment ${id} starts a second pod on ${enumerate(claims.map((claim) => `PersistentVolumeClaim ${claim}`))}, which one node may mount at a time.`,
  evidence: [
    `strategy: ${strategyText(deployment)}`,
    `${count(deployment.spec.replicas, 'replica')}, access mode ReadWriteOnce`,
  ],
  remedy: 'Set spec.strategy.type to Recreate (and remove spec.strategy.rollingUpdate).',
  fingerprint: `K10:volume:${id}`,
  lessons: ['k8s-recreate-vs-rollingupdate'],
});

const portFault = (id: string, deployment: Deployment, ports: readonly number[]): FoundFault => ({
  target: `Deployment ${id}`,
  subject: { part: 'deployments', id },
  severity: severityOf(deployment),
  message: `An update of Deployment ${id} cannot start its new pod: host port ${ports.join(', ')} is held by the old one on every node it may run on.`,
  evidence: [`strategy: ${strategyText(deployment)}`, count(deployment.spec.replicas, 'replica')],
  remedy: 'Use strategy Recreate, maxSurge 0 with maxUnavailable 1, or a DaemonSet.',
  fingerprint: `K10:port:${id}`,
  lessons: ['hostport-rolling-single-node'],
});

const strategyText = ({ spec }: Deployment): string =>
  `${spec.strategy?.type ?? 'RollingUpdate'}, maxSurge ${spec.strategy?.rollingUpdate?.maxSurge ?? '25% (default)'}`;
