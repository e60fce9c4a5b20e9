import * as z from 'zod';
import { findGuest } from '../../clients/proxmox/versions.ts';
import { notFound } from '../../core/errors.ts';
import type { Section } from '../../core/output.ts';
import { vmidOfService } from '../../world/proxmox/objects.ts';
import { age } from '../cluster/support/age.ts';
import { defineTool } from '../define.ts';
import { connectionOf } from './support/connection.ts';
import { Cluster, Vmid } from './support/inputs.ts';
import { archivesOf } from './support/restore-point.ts';
import { table } from './support/view.ts';

export default defineTool({
  name: 'proxmox_guest',
  title: 'Read one guest of Proxmox',
  description:
    'One guest right now: state, lock, high availability, configuration, changes that wait for a restart, snapshots, backups, latest tasks.',
  effect: 'read',
  needs: ['proxmox'],
  taints: ['guest'],
  input: z.strictObject({ cluster: Cluster.optional(), vmid: Vmid }),
  async run({ cluster: named, vmid }, { clients: { proxmox }, now, signal }) {
    const cluster = await connectionOf(proxmox, named);
    const client = await proxmox.cluster(cluster);
    const guest = await findGuest(client, vmid, signal);
    if (guest === undefined)
      throw notFound(
        'guest_not_found',
        `Unable to find guest ${vmid} in ${cluster}: there is none that can be seen.`,
        'proxmox_guests lists them.',
      );
    const [config, snapshots, tasks, ha, kept] = await Promise.all([
      client.guestConfig(guest, signal),
      client.snapshots(guest, signal),
      client.tasks({ limit: 5, vmid }, signal),
      client.ha(signal),
      archivesOf(client, vmid, signal),
    ]);
    return {
      guest,
      config,
      snapshots,
      tasks,
      ha: ha.services.find(({ id }) => vmidOfService(id) === vmid),
      ...kept,
      now,
    };
  },
  render({ guest, config, snapshots, tasks, ha, archives, unread, now }) {
    const facts = [
      `Guest ${guest.vmid} on ${guest.node}: ${guest.template ? 'template' : guest.status}`,
      ...(guest.lock === undefined ? [] : [`LOCKED (${guest.lock})`]),
      ...(ha === undefined ? [] : [`high availability ${ha.state}, wanted ${ha.requestState ?? '?'}`]),
      ...(config.protection ? ['protected'] : []),
      `uuid ${config.uuid ?? 'none'}`,
      `digest ${config.digest.slice(0, 12)}`,
    ];
    const options = Object.entries(config.options).filter(
      ([name]) => !/^(?:cipassword|sshkeys|digest|meta|vmgenid|smbios1)$/.test(name),
    );
    const pending = Object.entries(config.pending).map(([name, value]) => [
      name,
      config.options[name] ?? 'not set',
      value ?? 'removed',
    ]);
    const text: Section = {
      kind: 'text',
      title: 'Configuration',
      maxChars: 400,
      text: [`name: ${config.name}`, ...options.map(([name, value]) => `${name}: ${value}`)].join('\n'),
    };
    return {
      summary: `${facts.join('; ')}.${unread.length > 0 ? ` Backups unknown on ${unread.join(', ')}.` : ''}`,
      sections: [
        ...table('Waits for a restart', ['option', 'now', 'then'], pending),
        text,
        ...table(
          'Snapshots',
          ['name', 'age', 'memory', 'about'],
          snapshots.map(({ name, takenAt, withMemory, description }) => [
            name,
            age(takenAt, now),
            withMemory ? 'yes' : 'no',
            description,
          ]),
        ),
        ...table(
          'Backups, newest first',
          ['archive', 'age', 'verified', 'on'],
          archives
            .slice(0, 5)
            .map(({ volid, createdAt, verified, node }) => [volid, age(createdAt, now), verified, node ?? 'shared']),
        ),
        ...table(
          'Latest tasks',
          ['type', 'age', 'result', 'exit'],
          tasks.map(({ type, startedAt, result, exitStatus }) => [type, age(startedAt, now), result, exitStatus]),
        ),
      ],
      next: `depends_on ${guest.vmid} says what it stands on and what hangs on it.`,
    };
  },
});
