import type { ProxmoxClusters } from '../../../clients/proxmox/contract.ts';
import { inputError } from '../../../core/errors.ts';

/** The connection that is named, or the only one there is. Errors (`input`): `cluster_not_named` when there are several. */
export async function connectionOf(
  proxmox: Pick<ProxmoxClusters, 'names'>,
  named: string | undefined,
): Promise<string> {
  if (named !== undefined) return named;
  const [only, ...others] = await proxmox.names();
  if (only !== undefined && others.length === 0) return only;
  throw inputError(
    'cluster_not_named',
    'Unable to ask Proxmox: it is not clear which connection is meant.',
    `Set cluster to one of: ${[only, ...others].join(', ')}.`,
  );
}
