import type { KubeObject } from '../../../clients/kubernetes/contract.ts';
import { targetLabel } from '../../../core/target.ts';
import { targetOfManifest } from '../../cluster/support/manifest.ts';
import { diffObjects } from '../../cluster/support/plan-write.ts';

/** What differs between two manifests, object by object, secrets masked; '' when nothing does. */
export function diffManifests(before: readonly KubeObject[], after: readonly KubeObject[]): string {
  const old = new Map(before.map((object) => [keyOf(object), object]));
  const kept = new Set(after.map(keyOf));
  const gone = before.filter((object) => !kept.has(keyOf(object))).map((object) => `${labelOf(object)}: removed`);
  const changed = after.flatMap((object) => {
    const twin = old.get(keyOf(object));
    if (twin === undefined) return [`${labelOf(object)}: added`];
    const diff = diffObjects(twin, object);
    return diff === '' ? [] : [`${labelOf(object)}: changed\n${diff}`];
  });
  return [...gone, ...changed].join('\n');
}

const keyOf = ({ apiVersion, kind, metadata: { namespace = '', name } }: KubeObject): string =>
  `${apiVersion.split('/')[0] ?? ''}/${kind}/${namespace}/${name}`;

const labelOf = (object: KubeObject): string => targetLabel(targetOfManifest(object));
