import type { Touch, WriteVerb } from '../../core/change.ts';
import { argvOf } from './commands.ts';
import type { DatasetWrite, PoolWrite, ZfsWrite } from './contract.ts';

/** The one command of a write. */
export const argvOfWrite = (write: ZfsWrite): string[] => ('pool' in write ? poolArgv(write) : datasetArgv(write));

function poolArgv(write: PoolWrite): string[] {
  switch (write.verb) {
    case 'scrub':
      return argvOf(`scrub_${write.mode}`, write.pool);
    case 'offline':
    case 'online':
    case 'detach':
      return argvOf(`disk_${write.verb}`, write.pool, write.vdevGuid);
    case 'replace':
    case 'attach':
      return argvOf(`disk_${write.verb}`, write.pool, write.vdevGuid, write.disk);
    case 'clear':
      return argvOf('errors_clear', write.pool);
  }
}

function datasetArgv(write: DatasetWrite): string[] {
  switch (write.verb) {
    case 'snapshot':
      return argvOf('snapshot_create', write.snapshot);
    case 'destroy_snapshot':
      return argvOf('snapshot_destroy', write.snapshot);
    case 'rollback':
      return argvOf('rollback', write.snapshot);
    case 'hold':
    case 'release':
      return argvOf(`snapshot_${write.verb}`, write.tag, write.snapshot);
    case 'create':
      return argvOf('dataset_create', write.dataset);
    case 'set':
      return argvOf('property_set', `${write.property}=${write.value}`, write.dataset);
  }
}

const VERBS: Readonly<Record<DatasetWrite['verb'], WriteVerb>> = {
  snapshot: 'create',
  destroy_snapshot: 'delete',
  rollback: 'patch',
  hold: 'patch',
  release: 'patch',
  create: 'create',
  set: 'patch',
};

/** The pool that a write happens in. */
export const poolOf = (write: ZfsWrite): string => {
  if ('pool' in write) return write.pool;
  return ('dataset' in write ? write.dataset : write.snapshot).split(/[/@]/)[0] ?? '';
};

/**
 * What a write touches, as narrow as the write itself: a permit for one disk covers no other, one for a property no other
 * property. `namespace` of a ZFS target is its host. A rollback touches the dataset that goes back.
 */
export function touchOf(host: string, write: ZfsWrite): Touch {
  const target = (kind: string, name: string) => ({ system: 'zfs', kind, namespace: host, name }) as const;
  if ('pool' in write) return { target: target(...poolTarget(write)), verb: 'patch' };
  const verb = VERBS[write.verb];
  if (write.verb === 'set') return { target: target('Property', `${write.dataset}:${write.property}`), verb };
  if (write.verb === 'create') return { target: target('Dataset', write.dataset), verb };
  if (write.verb === 'rollback') return { target: target('Dataset', write.snapshot.split('@')[0] ?? ''), verb };
  if (write.verb === 'hold' || write.verb === 'release')
    return { target: target(write.verb === 'hold' ? 'Hold' : 'HoldRelease', `${write.snapshot}:${write.tag}`), verb };
  return { target: target('Snapshot', write.snapshot), verb };
}

const VDEV_KINDS = { offline: 'VdevOffline', online: 'VdevOnline', detach: 'VdevDetach' } as const;

function poolTarget(write: PoolWrite): [kind: string, name: string] {
  switch (write.verb) {
    case 'scrub':
      return ['Scrub', write.pool];
    case 'clear':
      return ['PoolErrors', write.pool];
    case 'offline':
    case 'online':
    case 'detach':
      return [VDEV_KINDS[write.verb], `${write.pool}/${write.vdevGuid}`];
    case 'replace':
    case 'attach':
      return [write.verb === 'replace' ? 'VdevReplace' : 'VdevAttach', `${write.pool}/${write.vdevGuid}:${write.disk}`];
  }
}
