import type { ProxmoxReader, Storage } from '../../clients/proxmox/contract.ts';
import { eachLimited } from '../each-limited.ts';
import { attemptOf } from './attempt.ts';
import type { FoundArchive } from './objects.ts';

const AT_ONCE = 8;

/** A shared storage is asked once, through any node that has it. */
export async function readArchives(client: ProxmoxReader, storages: readonly Storage[], signal: AbortSignal) {
  const homes = new Map(
    storages
      .filter(({ content, active }) => content.includes('backup') && active)
      .map((one) => [one.shared ? one.storage : `${one.node}/${one.storage}`, one]),
  );
  const away = storages.filter(
    ({ content, active, shared, storage }) => content.includes('backup') && !active && !(shared && homes.has(storage)),
  );
  const unread = [...new Set(away.map(({ node, storage, shared }) => (shared ? storage : `${node}/${storage}`)))];
  const archives: FoundArchive[] = [];
  const attempt = attemptOf(signal);
  await eachLimited(homes, AT_ONCE, async ([key, { node, storage, shared }]) => {
    const found = await attempt(() => client.volumes(node, storage, 'backup', signal));
    if ('reason' in found) unread.push(key);
    else archives.push(...found.value.map((one) => ({ ...one, ...(!shared && { node }) })));
  });
  return { archives, unread };
}
