import type { Endpoint } from '../endpoint.ts';
import { accessEndpoints } from './access.ts';
import { backupEndpoints } from './backup.ts';
import { cloneEndpoints } from './clone.ts';
import { clusterEndpoints } from './cluster.ts';
import { configureEndpoints } from './configure.ts';
import { createEndpoints } from './create.ts';
import { destroyEndpoints } from './destroy.ts';
import { guestEndpoints } from './guest.ts';
import { haEndpoints } from './ha.ts';
import { migrateEndpoints } from './migrate.ts';
import { nodeEndpoints } from './node.ts';
import { nodeConfigEndpoints } from './node-config.ts';
import { powerEndpoints } from './power.ts';
import { snapshotEndpoints } from './snapshots.ts';
import { taskEndpoints } from './tasks.ts';

/** Everything that the lab answers. */
export const endpoints: readonly Endpoint[] = [
  ...accessEndpoints,
  ...clusterEndpoints,
  ...haEndpoints,
  ...nodeEndpoints,
  ...nodeConfigEndpoints,
  ...taskEndpoints,
  ...guestEndpoints,
  ...powerEndpoints,
  ...configureEndpoints,
  ...snapshotEndpoints,
  ...cloneEndpoints,
  ...migrateEndpoints,
  ...backupEndpoints,
  ...createEndpoints,
  ...destroyEndpoints,
];
