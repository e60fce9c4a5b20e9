import type { Touch } from '../../core/change.ts';
import type { Case } from './case.ts';
import { nodesDisrupted, nodesOf, nodesReached } from './nodes.ts';

/** Why a change is not simply allowed; the approval of each stands in `steps/risk.ts`. */
export type Risk =
  | 'irreversible'
  | 'control_plane'
  | 'storage'
  | 'rights'
  | 'secret'
  | 'power'
  | 'node_level'
  | 'externally_reversible'
  | 'tainted';

type RiskFacts = Pick<Case, 'taint' | 'policy' | 'targets' | 'draft' | 'reversibility' | 'before' | 'after'>;

/** Every risk of the change, from what it writes and not from what its action is called. */
export function risksOf(facts: RiskFacts): readonly Risk[] {
  const { reversibility, draft, taint } = facts;
  const risks: Risk[] = [];
  if (reversibility !== 'reversible') risks.push(reversibility);
  for (const touch of draft.touches) risks.push(...risksOfTouch(touch, facts));
  if (reachesControlPlaneNode(facts)) risks.push('control_plane');
  if (nodesReached(facts).length > 0) risks.push('node_level');
  if (taint.length > 0) risks.push('tainted');
  return [...new Set(risks)];
}

const CONTROL_PLANE_GROUPS = [
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];
const RIGHTS_GROUPS = ['rbac.authorization.k8s.io', 'certificates.k8s.io'];
const STORAGE_GROUPS = ['storage.k8s.io', 'snapshot.storage.k8s.io', 'longhorn.io'];
const STORAGE_KINDS = ['PersistentVolume', 'PersistentVolumeClaim'];

/** What only adds to a pool, or only reads it through: nothing is taken from anybody. Everything else in ZFS is storage. */
const ZFS_ADDS: ReadonlySet<string> = new Set(['patch Scrub', 'create Snapshot', 'patch Hold', 'create Dataset']);

function risksOfTouch(touch: Touch, { policy }: RiskFacts): Risk[] {
  const { system, namespace } = touch.target;
  if (system === 'power') return ['power'];
  if (system === 'zfs') return ZFS_ADDS.has(`${touch.verb} ${touch.target.kind}`) ? [] : ['storage'];
  if (system === 'proxmox') return riskOfProxmox(touch);
  if (system !== 'kubernetes') return [];
  const risk = riskOfKind(touch);
  if (risk !== undefined) return [risk];
  // An eviction moves a pod; whether its node may be emptied is judged by the node.
  const isSystem = namespace !== undefined && policy.controlPlaneNamespaces.includes(namespace);
  return isSystem && touch.verb !== 'evict' ? ['control_plane'] : [];
}

/** A host switches power for everything on it; a guest that goes takes its disks along. */
function riskOfProxmox({ target: { kind }, verb }: Touch): Risk[] {
  if (kind === 'Node') return ['power'];
  return verb === 'delete' && kind === 'Guest' ? ['irreversible', 'storage'] : [];
}

function riskOfKind({ target: { group = '', kind }, verb }: Touch): Risk | undefined {
  if (RIGHTS_GROUPS.includes(group)) return 'rights';
  if (CONTROL_PLANE_GROUPS.includes(group)) return 'control_plane';
  if (isStorage(group, kind, verb)) return 'storage';
  if (group !== '') return undefined;
  if (kind === 'Secret') return 'secret';
  // Everything in a namespace goes with it.
  return kind === 'Namespace' && verb === 'delete' ? 'irreversible' : undefined;
}

/** A new claim takes nothing from anybody, and deleting it is its undo; every other touch of storage counts. */
const isStorage = (group: string, kind: string, verb: string): boolean =>
  STORAGE_GROUPS.includes(group) ||
  (group === '' && STORAGE_KINDS.includes(kind) && !(kind === 'PersistentVolumeClaim' && verb === 'create'));

function reachesControlPlaneNode(facts: RiskFacts): boolean {
  const disrupted = nodesDisrupted(facts);
  const nodes = nodesOf(facts.before);
  return disrupted.some((name) => nodes?.get(name)?.isControlPlane ?? true);
}
