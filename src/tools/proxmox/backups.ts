import * as z from 'zod';
import { sizeText } from '../../core/size.ts';
import type { ProxmoxBackup } from '../../world/proxmox/schema.ts';
import { age } from '../cluster/support/age.ts';
import { defineTool } from '../define.ts';
import { Cluster, Vmid } from './support/inputs.ts';
import { FRESH_MS, objectsOf, table } from './support/view.ts';

export default defineTool({
  name: 'proxmox_backups',
  title: 'Backups of guests',
  description:
    'Per guest: jobs, newest archive, whether it was verified, sizes; uncovered and failed ones first. With vmid every archive.',
  effect: 'read',
  needs: ['proxmox', 'world'],
  taints: [],
  input: z.strictObject({ cluster: Cluster.optional(), vmid: Vmid.optional() }),
  async run({ cluster }, { clients: { proxmox, world }, now, signal }) {
    if (cluster !== undefined) await proxmox.cluster(cluster);
    return { world: await world.world({ maxAgeMs: FRESH_MS, signal }), now };
  },
  render({ world, now }, { cluster, vmid }) {
    const { values, gap } = objectsOf(world, 'proxmoxBackups', cluster);
    if (gap !== undefined)
      return {
        summary: `Backups are unknown: ${gap.replace(/\.$/, '')}.`,
        next: 'An account needs Datastore.AllocateSpace and VM.Backup to see archives.',
      };
    const names = new Map(
      objectsOf(world, 'proxmoxGuests', cluster).values.map((guest) => [
        `${guest.metadata.namespace ?? ''}/${guest.vmid}`,
        guest.name,
      ]),
    );
    const own = values
      .filter((one) => vmid === undefined || one.vmid === vmid)
      .toSorted((a, b) => rank(a) - rank(b) || a.vmid - b.vmid);
    const unread = [...new Set(own.flatMap((one) => one.unread))];
    const uncovered = own.filter((one) => rank(one) < 2).length;
    const archives = vmid === undefined ? [] : own.flatMap((one) => one.archives);
    return {
      summary: `${own.length} guests, ${uncovered} without a job or a good archive.${unread.length > 0 ? ` Not readable: ${unread.join(', ')}.` : ''}`,
      sections: [
        ...table(
          'Guests',
          ['guest', 'name', 'jobs', 'newest', 'size', 'verified', 'kept'],
          own.map((one) => rowOf(one, names, now)),
        ),
        ...table(
          'Archives, newest first',
          ['archive', 'age', 'size', 'verified', 'on', 'protected'],
          archives.map(({ volid, createdAt, sizeBytes, verified, node, protected: kept }) => [
            volid,
            age(createdAt, now),
            sizeText(sizeBytes),
            verified,
            node ?? 'shared',
            kept ? 'yes' : '',
          ]),
        ),
      ],
      next: 'Restoring makes a new guest: proxmox_restore_backup.',
    };
  },
});

/** 0 = no way back, 1 = a doubtful one. */
const rank = ({ jobs, archives, uncovered }: ProxmoxBackup): number =>
  archives.length === 0
    ? 0
    : uncovered || jobs.every(({ enabled }) => !enabled) || archives[0]?.verified === 'failed'
      ? 1
      : 2;

function rowOf(
  { metadata, vmid, jobs, archives, uncovered }: ProxmoxBackup,
  names: ReadonlyMap<string, string>,
  now: Date,
): readonly string[] {
  const key = `${metadata.namespace ?? ''}/${vmid}`;
  const [newest] = archives;
  const jobText = jobs.map(({ id, schedule, enabled }) => `${id} ${schedule}${enabled ? '' : ' (off)'}`).join(', ');
  return [
    key,
    names.get(key) ?? 'gone',
    jobText || (uncovered ? 'NONE' : 'none'),
    newest === undefined ? 'NONE' : age(newest.createdAt, now),
    newest === undefined ? '' : sizeText(newest.sizeBytes),
    newest?.verified ?? '',
    String(archives.length),
  ];
}
