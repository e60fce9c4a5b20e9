import type { Pod } from '../kubernetes/pod.ts';
import { push } from '../labels.ts';
import type { Parts } from '../parts.ts';

/** Datasets by the paths of their hosts at which pods see them. */

type Mounts = ReadonlyMap<string, readonly (readonly [mountpoint: string, key: string])[]>;

/** Where the datasets of each host are mounted; made once for all pods. */
export function mountsByHost(datasets: Parts['zfsDatasets']): Mounts {
  const found = new Map<string, (readonly [string, string])[]>();
  for (const [key, { metadata, mountpoint }] of datasets)
    if (mountpoint?.startsWith('/') === true && mountpoint !== '/')
      push(found, metadata.namespace ?? '', [mountpoint, key] as const);
  return found;
}

/**
 * Datasets that a pod sees through paths of its node: the one that a path lies in, and those below the path. `/` and the
 * like show everything and mean nothing. A node is the host of the same name.
 */
export function datasetsSeen({ spec }: Pod, mounts: Mounts): readonly string[] {
  const paths = spec.volumes.flatMap(({ hostPath }) => {
    const path = hostPath?.path.replace(/\/+$/, '');
    return path === undefined || path === '' ? [] : [path];
  });
  const own = paths.length === 0 ? undefined : mounts.get(spec.nodeName ?? '');
  if (own === undefined) return [];
  return [
    ...new Set(
      paths.flatMap((path) => {
        const home = own
          .filter(([mountpoint]) => path === mountpoint || path.startsWith(`${mountpoint}/`))
          .toSorted(([a], [b]) => b.length - a.length)[0];
        const below = own.filter(([mountpoint]) => mountpoint.startsWith(`${path}/`));
        return [...(home === undefined ? [] : [home]), ...below].map(([, key]) => key);
      }),
    ),
  ];
}
