import type { Node } from '../controllers/kinds.ts';
import type { LoopController } from '../controllers/loop.ts';
import { conditionOf, earliest } from '../controllers/support.ts';
import { keepBackups } from './backups.ts';
import type { LonghornPlan } from './facts.ts';
import { longhornList } from './kinds.ts';
import { keepNodes } from './nodes.ts';
import { followNodes } from './replicas.ts';
import { keepVolumes } from './volumes.ts';

/** What the managers of Longhorn do, on the objects alone: there are no engines, and no data is copied anywhere. */
export const createLonghornController = (plan: LonghornPlan | undefined): LoopController => ({
  name: 'longhorn-manager',
  watches:
    plan === undefined
      ? []
      : [
          'nodes',
          'csinodes.storage.k8s.io',
          'persistentvolumes',
          'volumeattachments.storage.k8s.io',
          'settings.longhorn.io',
          'nodes.longhorn.io',
          'backups.longhorn.io',
          'backuptargets.longhorn.io',
          'recurringjobs.longhorn.io',
        ],
  wants: ({ resource, object, previous }) =>
    resource !== 'nodes' || stateOf(object as Node) !== stateOf(previous as Node | undefined), // the store holds nodes there
  reconcile(api) {
    // Installed once its settings are there.
    if (plan === undefined || longhornList(api, 'settings.longhorn.io').length === 0) return undefined;
    keepNodes(api, plan);
    keepVolumes(api, plan);
    return earliest(followNodes(api, plan), keepBackups(api, plan));
  },
});

const stateOf = (node: Node | undefined): string | undefined =>
  node && `${conditionOf(node.status, 'Ready')?.status ?? ''} ${String(node.spec?.unschedulable ?? false)}`;
