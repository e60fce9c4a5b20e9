import * as z from 'zod';
import type { Node } from '../../world/kubernetes/cluster.ts';
import { type Parts, replacedKey } from '../../world/parts.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, enumerate, isOlderThan, minutesSince, oneLine } from '../facts.ts';

const DAY = 24 * 60;
/** Set by kured on a node whose reboot has been wanted and has not happened yet. */
const REBOOT = 'weave.works/kured-reboot-in-progress';
/** A person's word that work on this node is under way, until that time. */
const MAINTENANCE = 'steward.dev/maintenance-until';

export default defineCheck({
  id: 'K22',
  title: 'Every node is ready, in step, and in use',
  severity: 'medium',
  why: 'A cordon that was forgotten or a reboot that never came halves the reserve without a word. What a change introduces is noted: a cordon is what it asked for.',
  needs: ['nodes'],
  wants: ['replaced'],
  params: z.strictObject({
    cordonHours: z.int().positive().default(24),
    rebootDays: z.int().positive().default(7),
  }),
  introduced: 'note',
  evaluate({ nodes, replaced }, { params, now }) {
    const server = newestMinor([...nodes.values()].filter(isServer)) ?? newestMinor([...nodes.values()]);
    return [...nodes.values()].flatMap((node): readonly FoundFault[] => {
      const until = node.metadata.annotations[MAINTENANCE];
      if (until !== undefined && Date.parse(until) > +now) return [];
      return [
        ...unhealthy(node, now, wasReady(node, replaced)),
        ...skewed(node, server),
        ...waitingForReboot(node, params.rebootDays, now),
        ...setAside(node, params.cordonHours, now, isCordonedBy(node, replaced)),
      ];
    });
  },
});

const isServer = ({ metadata }: Node): boolean => 'node-role.kubernetes.io/control-plane' in metadata.labels;

const faultOf = (
  { metadata: { name } }: Node,
  fault: Pick<FoundFault, 'message' | 'evidence' | 'remedy' | 'severity'> & { readonly kind: string },
): FoundFault => {
  const { kind, ...rest } = fault;
  return {
    target: `Node ${name}`,
    subject: { part: 'nodes', id: name },
    fingerprint: `K22:${kind}:${name}`,
    lessons: kind === 'reboot' ? ['kured-two-layers-two-paths'] : [],
    ...rest,
  };
};

/** Not ready is bad at once; pressure is a condition that should be False. */
function unhealthy(node: Node, now: Date, isPlanned: boolean): readonly FoundFault[] {
  const { name } = node.metadata;
  const ready = node.status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') {
    const minutes = minutesSince(ready?.lastTransitionTime, now);
    return [
      faultOf(node, {
        kind: 'not-ready',
        severity: 'high',
        message: `Node ${name} ${isPlanned ? 'would be' : 'is'} not ready${minutes === undefined ? '' : `, for ${durationText(minutes)}`}.`,
        evidence: [
          `Ready: ${ready?.status ?? 'no condition'}${ready?.message === undefined ? '' : `, ${oneLine(ready.message)}`}`,
        ],
        remedy: isPlanned
          ? 'Drain it first (cluster_drain), so that its pods move before it goes; uncordon it when it is back.'
          : 'See whether the machine is up and its kubelet (or k3s) runs; its pods are moved away after five minutes.',
      }),
    ];
  }
  return node.status.conditions
    .filter(({ type, status }) => type.endsWith('Pressure') && status === 'True')
    .map(({ type, message, lastTransitionTime }) =>
      faultOf(node, {
        kind: type,
        severity: 'medium',
        message: `Node ${name} reports ${type}: it takes no new pods and may evict some.`,
        evidence: [
          `since ${lastTransitionTime ?? 'an unknown time'}`,
          ...(message === undefined ? [] : [oneLine(message)]),
        ],
        remedy:
          type === 'DiskPressure'
            ? 'Free disk space: old images and logs first.'
            : 'Move load away from this node, or give it more.',
      }),
    );
}

const minorOf = ({ status }: Node): number | undefined => {
  const found = /^v?1\.(\d+)/.exec(status.nodeInfo?.kubeletVersion ?? '');
  return found === null ? undefined : Number(found[1]);
};

function newestMinor(nodes: readonly Node[]): number | undefined {
  const minors = nodes.map(minorOf).filter((minor) => minor !== undefined);
  return minors.length === 0 ? undefined : Math.max(...minors);
}

/** The version skew policy: a kubelet may be up to three minors older than the API server, and never newer. */
function skewed(node: Node, server: number | undefined): readonly FoundFault[] {
  const own = minorOf(node);
  if (own === undefined || server === undefined || (own <= server && own >= server - 3)) return [];
  return [
    faultOf(node, {
      kind: 'skew',
      severity: 'medium',
      message: `Node ${node.metadata.name} runs Kubernetes 1.${own} and the control plane 1.${server}: that is out of step.`,
      evidence: [`kubelet ${node.status.nodeInfo?.kubeletVersion ?? ''}`],
      remedy:
        own > server ? 'Upgrade the servers first, and agents after them.' : 'Upgrade this node, one minor at a time.',
    }),
  ];
}

function waitingForReboot(node: Node, days: number, now: Date): readonly FoundFault[] {
  const since = node.metadata.annotations[REBOOT];
  if (!isOlderThan(since, days * DAY, now)) return [];
  return [
    faultOf(node, {
      kind: 'reboot',
      severity: 'medium',
      message: `Node ${node.metadata.name} has waited for its reboot for ${durationText(minutesSince(since, now) ?? 0)}.`,
      evidence: [`annotation ${REBOOT}: ${since ?? ''}`],
      remedy:
        'Look into the log of kured: a blocking alert, a PodDisruptionBudget or a wrong sentinel path holds it back.',
    }),
  ];
}

/** It is ready now: the plan takes the machine below it away. */
function wasReady({ metadata }: Node, replaced: Parts['replaced'] | undefined): boolean {
  // `replaced` holds under the name of a part what that part held, parsed by its schema
  const before = replaced?.get(replacedKey('nodes', metadata.name)) as Node | undefined;
  return before?.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** The plan itself cordons it: the node controller adds the taint with its time a moment later. */
function isCordonedBy({ metadata, spec }: Node, replaced: Parts['replaced'] | undefined): boolean {
  // `replaced` holds under the name of a part what that part held, parsed by its schema
  const before = replaced?.get(replacedKey('nodes', metadata.name)) as Node | undefined;
  return spec.unschedulable && before?.spec.unschedulable === false;
}

/** Taints that belong to the design of a cluster carry no time; those that come and go do. */
function setAside(node: Node, hours: number, now: Date, isNew: boolean): readonly FoundFault[] {
  const old = node.spec.taints.filter(({ timeAdded }) => isOlderThan(timeAdded, hours * 60, now));
  const cordon = node.spec.taints.find(({ key }) => key === 'node.kubernetes.io/unschedulable');
  if (node.spec.unschedulable && cordon?.timeAdded === undefined && !isNew)
    return [
      {
        ...faultOf(node, {
          kind: 'cordon-age',
          severity: 'low',
          message: `Node ${node.metadata.name} is cordoned, and since when is not known.`,
          evidence: ['spec.unschedulable without a taint that carries a time'],
          remedy: `Uncordon it if nobody works on it, or annotate ${MAINTENANCE} with the end of the work.`,
        }),
        unknown: true,
      },
    ];
  if (old.length === 0) return [];
  const since = old.map(({ timeAdded }) => minutesSince(timeAdded, now) ?? 0);
  return [
    faultOf(node, {
      kind: 'set-aside',
      severity: 'medium',
      message: `Node ${node.metadata.name} has been ${node.spec.unschedulable ? 'cordoned' : 'tainted'} for ${durationText(Math.max(...since))}.`,
      evidence: old.map(({ key, effect, timeAdded }) => `${key}:${effect} since ${timeAdded ?? ''}`),
      remedy: `Uncordon it, take away ${enumerate(old.map(({ key }) => key))}, or annotate ${MAINTENANCE} with the end of the work.`,
    }),
  ];
}
