import { apply, propose, refused, type Scene, statusOf, yesAtTerminal } from './steps.ts';

/** What the agent reads off `zfs_disks`: one row per disk, columns as the tool names them. */
interface DiskRow {
  readonly host: string;
  readonly serial: string;
  readonly path: string;
  readonly use: string;
  readonly guid: string;
  readonly state: string;
}

function rowsOf(listed: string): DiskRow[] {
  return listed
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((cells) => cells.length >= 7 && cells[2]?.startsWith('/dev/disk/by-id/'))
    .map(([host = '', serial = '', path = '', , use = '', guid = '', state = '']) => ({
      host,
      serial,
      path,
      use,
      guid,
      state,
    }));
}

/** A disk of a raidz3 pool has failed: it is found, and replaced by the right disk and no other. */
export async function replaceDisk(scene: Scene): Promise<void> {
  const { agent, transcript, expect } = scene;
  transcript.step(
    'g. In another homelab a disk has failed',
    'One server with a pool of twenty disks. What is wrong, how much more may fail, and what hangs on it.',
  );
  await agent.call('zfs_status', {});
  const disks = rowsOf(await agent.call('zfs_disks', {}));
  const failed = disks.find(({ state }) => state.startsWith('FAULTED'));
  const free = disks.find(({ use }) => use === 'FREE');
  const busy = disks.find(({ use }) => use.includes('mounted'));
  expect('the failed disk, a free one and one in use were found', Boolean(failed && free && busy));
  if (!failed || !free || !busy) return;
  const above = await agent.call('depends_on', { on: failed.serial, direction: 'up' });
  expect('apps hang on the failed disk', /Deployment/.test(above));
  const input = ({ path, serial }: DiskRow) => ({
    host: failed.host,
    pool: 'tank',
    guid: failed.guid,
    new_disk: path,
    new_serial: serial,
  });

  transcript.step(
    'h. It takes the wrong disk, then the wrong command',
    'The one that the system runs from is a disk like any other, by its name. And a lone disk that is added to the pool\nmakes it whole again by its looks: from then on one disk is enough to lose everything.',
  );
  expect('the disk in use was refused', await refused(scene, 'zfs_replace_disk', input(busy), 'the disk failed'));
  expect(
    'adding a lone disk was refused',
    await refused(scene, 'zpool add', { pool: 'tank', disk: free.path }, 'room for what the failed disk held'),
  );

  transcript.step(
    'i. And then the right one',
    'Disks are named by guid and serial, never by sdX. Storage is not for an agent alone: a person says yes on another road.',
  );
  const { plan } = await propose(scene, 'zfs_replace_disk', input(free), 'the disk failed');
  expect('the replacement waits for a person', plan.decision.kind === 'ask');
  await yesAtTerminal(scene, plan.id);
  await apply(scene, plan.id, plan.receipt.mustAcknowledge);
  const { outcome } = await statusOf(scene, plan.id);
  expect('the replacement ran', outcome?.state === 'done' && outcome.verified !== 'no');
  await agent.call('zfs_status', {});
}
