import type { Touch } from '../../core/change.ts';
import type { ProxmoxNode } from '../../world/proxmox/schema.ts';
import { before } from '../before-change.ts';
import { count, enumerate } from '../facts.ts';
import { faultOf, guestsBefore, type PlannedWorld, type Rule, unread } from './planned-support.ts';

/** Rules of what is done to a whole host. */

const isNodeTouch = ({ target }: Touch): boolean => target.kind === 'Node' || target.kind === 'NodeNote';
const ofNode =
  (rule: Rule): Rule =>
  (touch, world, ctx) =>
    isNodeTouch(touch) ? rule(touch, world, ctx) : [];

function nodesOf({ target }: Touch, world: PlannedWorld): readonly ProxmoxNode[] | undefined {
  const all = world.proxmoxNodes && before('proxmoxNodes', world.proxmoxNodes, world);
  return all && [...all.values()].filter(({ metadata }) => metadata.namespace === target.namespace);
}

/** A host that does not answer takes no command; its guests cannot leave it either. */
const isUp = ofNode((touch, world) => {
  const host = nodesOf(touch, world)?.find(({ metadata }) => metadata.name === touch.target.name);
  return host?.online !== false
    ? []
    : [
        faultOf(touch, 'offline', {
          message: `Host ${touch.target.name} is offline: it cannot be told anything.`,
          remedy: 'Look at its console and its power. A host that hangs is brought back by its power (power_cycle).',
        }),
      ];
});

const othersAreUp = ofNode((touch, world) => {
  const nodes = nodesOf(touch, world);
  if (nodes === undefined) return [unread(touch, 'The hosts')];
  const away = nodes.filter(
    ({ metadata, online, maintenance }) =>
      metadata.name !== touch.target.name && (!online || maintenance !== undefined),
  );
  return away.length === 0
    ? []
    : [
        faultOf(touch, 'another-away', {
          message: `${enumerate(away.map(({ metadata }) => metadata.name))} ${away.length === 1 ? 'is' : 'are'} away already (down or in maintenance).`,
          remedy: 'One host at a time: bring it back first.',
        }),
      ];
});

const quorumStays = ofNode((touch, world) => {
  const nodes = nodesOf(touch, world);
  const expected = world.proxmoxCluster?.get(touch.target.namespace ?? '')?.expectedVotes;
  if (nodes === undefined || world.proxmoxCluster === undefined) return [unread(touch, 'Quorum')];
  if (expected === undefined) return [];
  const left = nodes
    .filter(({ metadata, online }) => online && metadata.name !== touch.target.name)
    .reduce((sum, { votes }) => sum + votes, 0);
  return left >= expected
    ? []
    : [
        faultOf(touch, 'quorum', {
          message: `Without ${touch.target.name} there would be ${count(left, 'vote')}, and quorum takes ${expected}.`,
          remedy: 'Bring another host back first.',
          lessons: ['watchdog-false-positive'],
        }),
      ];
});

const BUSY: ReadonlySet<string> = new Set([
  'vzdump',
  'qmigrate',
  'vzmigrate',
  'aptupdate',
  'apt',
  'qmclone',
  'qmrestore',
  'vzrestore',
]);

const isIdle = ofNode((touch, world) => {
  if (world.proxmoxTasks === undefined) return [unread(touch, 'The tasks')];
  const running = [...world.proxmoxTasks.values()].filter(
    ({ metadata, node, result, type }) =>
      metadata.namespace === touch.target.namespace &&
      node === touch.target.name &&
      result === 'running' &&
      BUSY.has(type),
  );
  return running.length === 0
    ? []
    : [
        faultOf(touch, 'busy', {
          message: `${touch.target.name} is at work: ${enumerate(running.map(({ type, id }) => `${type} ${id}`.trim()))}.`,
          remedy: 'Wait for it (proxmox_tasks).',
        }),
      ];
});

const noResilver = ofNode((touch, world) => {
  const busy = [...(world.zfsPools?.values() ?? [])].filter(
    ({ metadata, pool }) =>
      metadata.namespace === touch.target.name &&
      pool.scan?.state === 'running' &&
      /resilver|rebuild/.test(pool.scan.kind),
  );
  return busy.length === 0
    ? []
    : [
        faultOf(touch, 'resilver', {
          message: `Pool ${enumerate(busy.map(({ metadata }) => metadata.name))} on ${touch.target.name} is being repaired.`,
          remedy: 'Wait for the resilver (zfs_status).',
        }),
      ];
});

const isEmpty = ofNode((touch, world) => {
  const running = [...guestsBefore(world).values()].filter(
    ({ metadata, node, status }) =>
      metadata.namespace === touch.target.namespace && node === touch.target.name && status === 'running',
  );
  return running.length === 0
    ? []
    : [
        faultOf(touch, 'guests', {
          message: `${running.length} guest${running.length === 1 ? '' : 's'} run on ${touch.target.name}: ${enumerate(running.map(({ name }) => name))}.`,
          remedy: 'proxmox_enter_maintenance moves them away first; what cannot move is shut down with its own plan.',
        }),
      ];
});

export const nodeRules: Readonly<Record<string, readonly Rule[]>> = {
  proxmox_enter_maintenance: [isUp, othersAreUp, quorumStays, isIdle, noResilver],
  proxmox_reboot_node: [isUp, othersAreUp, quorumStays, isIdle, noResilver, isEmpty],
};
