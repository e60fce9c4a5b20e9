import * as z from 'zod';
import type { Touch } from '../../core/change.ts';
import { targetLabel } from '../../core/target.ts';
import type { Parts } from '../../world/parts.ts';
import { nodesByGuest } from '../../world/proxmox/relations.ts';
import { before } from '../before-change.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, enumerate, minutesSince } from '../facts.ts';
import { notTooOften, outletIsCertain } from './power-outlet.ts';
import { hostOf, outletOf, type PowerWorld, type Reason, type Rule, WANTS } from './power-support.ts';

export default defineCheck({
  id: 'P02',
  title: 'No host loses power that lives, that others need, or whose outlet is not certain',
  severity: 'critical',
  why: 'Cutting power is the last resort: a watchdog that is itself cut off, a wrong outlet or a second host at a time does more harm than the hang.',
  needs: ['change', 'replaced', 'powerOutlets'],
  wants: WANTS,
  params: z.strictObject({
    failures: z.int().positive().default(5),
    unhealthySeconds: z.int().positive().default(300),
    unhealthySecondsArmed: z.int().positive().default(600),
    attemptsPerDay: z.int().positive().default(2),
    attemptsPerDayInAll: z.int().positive().default(3),
  }),
  introduced: 'deny',
  evaluate: (world, { params, now }) =>
    world.change.touches
      .filter(({ target }) => target.system === 'power')
      .flatMap((touch) =>
        RULES.flatMap((rule) => rule(touch, world, { ...params, now }).map((one) => faultOf(touch, one))),
      ),
});

const faultOf = ({ target }: Touch, { rule, kind, message, evidence = [] }: Reason): FoundFault => ({
  target: targetLabel(target),
  message: `${message} (rule ${rule} of power cycles)`,
  evidence,
  remedy: 'Try the soft ways first (proxmox_reboot_node, ssh); go to the machine when they do not work.',
  fingerprint: `P02:${kind}:${target.name}`,
  lessons: ['watchdog-false-positive'],
});

/** Two kinds of probe fail many times in a row, and a probe of a third host works: else it is us, or the switch. */
const isDead: Rule = (touch, world, { failures }) => {
  const probes = outletOf(touch, world)?.evidence?.probes ?? [];
  const own = probes.filter(({ host }) => host === touch.target.name);
  const failing = own.filter((probe) => probe.failures >= failures && probe.failures === probe.tries);
  const evidence = probes.map(
    ({ kind, host, failures: failed, tries }) => `${kind} to ${host}: ${failed} of ${tries} failed`,
  );
  if (new Set(failing.map(({ kind }) => kind)).size < 2)
    return [
      {
        rule: 1,
        kind: 'alive',
        message: `It is not certain that ${touch.target.name} is dead: two kinds of probe must fail ${failures} times each.`,
        evidence,
      },
    ];
  const answering = own.filter((probe) => probe.failures < probe.tries);
  if (answering.length > 0)
    return [
      {
        rule: 9,
        kind: 'answers',
        message: `${touch.target.name} still answers ${enumerate(answering.map(({ kind }) => kind))}.`,
        evidence,
      },
    ];
  return probes.some((probe) => probe.host !== touch.target.name && probe.failures === 0)
    ? []
    : [{ rule: 1, kind: 'no-witness', message: 'No other host answers either: it may be our own network.', evidence }];
};

/** Since when, from the Kubernetes nodes that hang on it: nothing else remembers. */
const deadLongEnough: Rule = (touch, world, limits) => {
  const since = unhealthySince(touch, world);
  const isArmed = [...(world.proxmoxCluster?.values() ?? [])].some(({ armed }) => armed !== false);
  const need = (isArmed ? limits.unhealthySecondsArmed : limits.unhealthySeconds) / 60;
  const minutes = minutesSince(since, limits.now);
  if (minutes === undefined)
    return [{ rule: 2, kind: 'since', message: `Nothing tells how long ${touch.target.name} has been gone.` }];
  return minutes >= need
    ? []
    : [
        {
          rule: 2,
          kind: 'too-early',
          message: `${touch.target.name} has been gone for ${durationText(minutes)} only: high availability needs ${need} minutes to do its part.`,
        },
      ];
};

function unhealthySince({ target }: Touch, world: PowerWorld): string | undefined {
  const { proxmoxGuests } = world;
  const nodes = world.nodes && before('nodes', world.nodes, world);
  if (nodes === undefined) return undefined;
  const names = [
    target.name,
    ...(proxmoxGuests === undefined
      ? []
      : guestsNodes(target.name, nodes, before('proxmoxGuests', proxmoxGuests, world))),
  ];
  const times = names.flatMap((name) => {
    const ready = nodes.get(name)?.status.conditions.find(({ type }) => type === 'Ready');
    return ready === undefined || ready.status === 'True' ? [] : [ready.lastTransitionTime ?? ''];
  });
  // The last one to go counts.
  return times
    .filter((time) => time !== '')
    .toSorted()
    .at(-1);
}

const guestsNodes = (host: string, nodes: Parts['nodes'], proxmoxGuests: Parts['proxmoxGuests']): readonly string[] =>
  [...nodesByGuest({ nodes, proxmoxGuests })].flatMap(([key, names]) =>
    proxmoxGuests.get(key)?.node === host ? names : [],
  );

const quorumHolds: Rule = (touch, world) => {
  const host = hostOf(touch, world);
  if (host === undefined)
    return world.proxmoxNodes === undefined
      ? [{ rule: 3, kind: 'blind', message: 'The hosts of Proxmox could not be read.' }]
      : [];
  const name = host.metadata.namespace ?? '';
  const cluster = world.proxmoxCluster?.get(name);
  if (cluster === undefined || cluster.quorum === 'lost' || cluster.quorum === 'unknown')
    return [
      {
        rule: 3,
        kind: 'quorum',
        message: `Proxmox ${name} has no quorum, or does not tell: nobody may be cut off then.`,
      },
    ];
  return host.online
    ? [{ rule: 3, kind: 'online', message: `The others still count ${touch.target.name} as online.` }]
    : [];
};

const oneAtATime: Rule = (touch, world) => {
  const nodes = world.proxmoxNodes && before('proxmoxNodes', world.proxmoxNodes, world);
  const away = [...(nodes?.values() ?? [])].filter(
    ({ metadata, online, maintenance }) =>
      metadata.name !== touch.target.name && (!online || maintenance !== undefined),
  );
  return away.length === 0
    ? []
    : [
        {
          rule: 4,
          kind: 'another',
          message: `${enumerate(away.map(({ metadata }) => metadata.name))} is away as well.`,
        },
      ];
};

const notAtWork: Rule = (touch, world) => {
  const host = hostOf(touch, world);
  const tasks = [...(world.proxmoxTasks?.values() ?? [])].filter(
    ({ node, result, type }) =>
      node === touch.target.name && result === 'running' && /^(?:apt|aptupdate|vzdump|qmigrate|vzmigrate)$/.test(type),
  );
  return [
    ...(host?.maintenance === undefined
      ? []
      : [{ rule: 5, kind: 'maintenance', message: `${touch.target.name} is in maintenance: ${host.maintenance}.` }]),
    ...((host?.uptimeSeconds ?? Number.POSITIVE_INFINITY) < 900
      ? [{ rule: 5, kind: 'booting', message: `${touch.target.name} started less than 15 minutes ago.` }]
      : []),
    ...(tasks.length === 0
      ? []
      : [
          {
            rule: 5,
            kind: 'task',
            message: `${touch.target.name} is at work: ${enumerate(tasks.map(({ type }) => type))}.`,
          },
        ]),
  ];
};

const RULES: readonly Rule[] = [
  isDead,
  deadLongEnough,
  quorumHolds,
  oneAtATime,
  notAtWork,
  outletIsCertain,
  notTooOften,
];
