import { isLeaf, type LabPool, type LabVdev, leaves } from './model.ts';

/** What ZFS works out from its leaves: states of rows, of the pool, and the one message it prints. */

/** As the kernel names it; `zpool status` prints UNAVAIL for CANT_OPEN. */
export type VdevState = 'ONLINE' | 'DEGRADED' | 'FAULTED' | 'OFFLINE' | 'REMOVED' | 'CANT_OPEN';

const LEAF: Readonly<Record<LabVdev['condition'], VdevState>> = {
  ok: 'ONLINE',
  offline: 'OFFLINE',
  faulted: 'FAULTED',
  removed: 'REMOVED',
  unavail: 'CANT_OPEN',
};

export const works = (vdev: LabVdev): boolean => ['ONLINE', 'DEGRADED'].includes(stateOf(vdev));

export function stateOf(vdev: LabVdev): VdevState {
  if (isLeaf(vdev)) return LEAF[vdev.condition];
  const lost = vdev.children.filter((child) => !works(child)).length;
  const bearable = vdev.type === 'raidz' ? vdev.parity : vdev.children.length - 1;
  if (lost > bearable) return 'CANT_OPEN';
  if (vdev.type === 'spare') return stateOf(vdev.children[0] ?? vdev) === 'ONLINE' ? 'ONLINE' : 'DEGRADED';
  // A disk that is being replaced may be away: its row is DEGRADED, and so is the row above.
  return lost > 0 || vdev.children.some((child) => stateOf(child) === 'DEGRADED') ? 'DEGRADED' : 'ONLINE';
}

/** Without its caches and spares. */
const inTree = ({ vdevs }: LabPool): LabVdev[] =>
  vdevs.filter((vdev) => vdev.class !== 'l2cache' && vdev.class !== 'spare');

/** Of the pool by its vdevs alone; a suspension shows elsewhere. */
export function rootState(pool: LabPool): VdevState {
  const tops = inTree(pool);
  if (tops.some((vdev) => vdev.class !== 'log' && !works(vdev))) return 'CANT_OPEN';
  return tops.some((vdev) => stateOf(vdev) !== 'ONLINE') ? 'DEGRADED' : 'ONLINE';
}

export const poolState = (pool: LabPool): string => {
  if (pool.suspended) return 'SUSPENDED';
  const state = rootState(pool);
  return state === 'CANT_OPEN' ? 'UNAVAIL' : state;
};

export const isResilvering = ({ scan }: LabPool): boolean => scan?.kind === 'RESILVER' && scan.state === 'SCANNING';

export interface PoolMessage {
  readonly status: string;
  readonly action: string;
  readonly msgid?: string;
}

/** The most urgent message, in the order of `check_status` in libzfs; texts of `print_status_reason`. */
export function messageOf(pool: LabPool): PoolMessage | undefined {
  return MESSAGES.find(({ when }) => when(pool))?.message;
}

const anyLeaf =
  (test: (leaf: LabVdev) => boolean) =>
  (pool: LabPool): boolean =>
    leaves(inTree(pool)).some(test);
const hasErrors = ({ errors }: LabVdev): boolean => errors.read + errors.write + errors.checksum > 0;
/** The data is still all there. */
const isReplicated = (pool: LabPool): boolean => rootState(pool) !== 'CANT_OPEN';

const MESSAGES: readonly { readonly when: (pool: LabPool) => boolean; readonly message: PoolMessage }[] = [
  {
    when: isResilvering,
    message: {
      status:
        'One or more devices is currently being resilvered.  The pool will\n\tcontinue to function, possibly in a degraded state.\n',
      action: 'Wait for the resilver to complete.\n',
    },
  },
  {
    when: ({ suspended }) => suspended,
    message: {
      status: 'One or more devices are faulted in response to IO failures.\n',
      action: "Make sure the affected devices are connected, then run 'zpool clear'.\n",
      msgid: 'ZFS-8000-HC',
    },
  },
  {
    when: (pool) => !isReplicated(pool),
    message: {
      status:
        'One or more devices could not be opened.  There are insufficient\n\treplicas for the pool to continue functioning.\n',
      action: "Attach the missing device and online it using 'zpool online'.\n",
      msgid: 'ZFS-8000-3C',
    },
  },
  {
    when: ({ dataErrors }) => dataErrors.length > 0,
    message: {
      status:
        'One or more devices has experienced an error resulting in data\n\tcorruption.  Applications may be affected.\n',
      action: 'Restore the file in question if possible.  Otherwise restore the\n\tentire pool from backup.\n',
      msgid: 'ZFS-8000-8A',
    },
  },
  {
    when: anyLeaf(({ condition }) => condition === 'faulted'),
    message: {
      status:
        'One or more devices are faulted in response to persistent errors.\n\tSufficient replicas exist for the pool to continue functioning in a\n\tdegraded state.\n',
      action: "Replace the faulted device, or use 'zpool clear' to mark the device\n\trepaired.\n",
    },
  },
  {
    when: anyLeaf(({ condition, aux }) => condition === 'unavail' && aux === 'OPEN_FAILED'),
    message: {
      status:
        'One or more devices could not be opened.  Sufficient replicas exist for\n\tthe pool to continue functioning in a degraded state.\n',
      action: "Attach the missing device and online it using 'zpool online'.\n",
      msgid: 'ZFS-8000-2Q',
    },
  },
  {
    when: anyLeaf(({ condition }) => condition === 'unavail'),
    message: {
      status:
        'One or more devices could not be used because the label is missing or\n\tinvalid.  Sufficient replicas exist for the pool to continue\n\tfunctioning in a degraded state.\n',
      action: "Replace the device using 'zpool replace'.\n",
      msgid: 'ZFS-8000-4J',
    },
  },
  {
    when: anyLeaf(hasErrors),
    message: {
      status:
        'One or more devices has experienced an unrecoverable error.  An\n\tattempt was made to correct the error.  Applications are unaffected.\n',
      action:
        "Determine if the device needs to be replaced, and clear the errors\n\tusing 'zpool clear' or replace the device with 'zpool replace'.\n",
      msgid: 'ZFS-8000-9P',
    },
  },
  {
    when: anyLeaf(({ condition }) => condition === 'offline'),
    message: {
      status:
        'One or more devices has been taken offline by the administrator.\n\tSufficient replicas exist for the pool to continue functioning in a\n\tdegraded state.\n',
      action: "Online the device using 'zpool online' or replace the device with\n\t'zpool replace'.\n",
    },
  },
  {
    when: anyLeaf(({ condition }) => condition === 'removed'),
    message: {
      status:
        'One or more devices have been removed.\n\tSufficient replicas exist for the pool to continue functioning in a\n\tdegraded state.\n',
      action: "Online the device using zpool online' or replace the device with\n\t'zpool replace'.\n",
    },
  },
];
