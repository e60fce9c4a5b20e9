import type { KubeKind, KubeObject, KubernetesReader, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import { isStewardError, messageOf } from '../../../core/errors.ts';
import type { Target } from '../../../core/target.ts';
import { targetLabel } from '../../../core/target.ts';
import { findObject, refOf, targetOfObject } from '../../cluster/support/find.ts';
import { at, textAt } from '../../cluster/support/json.ts';
import { targetOfManifest } from '../../cluster/support/manifest.ts';
import { diffObjects, type PlannedWrite, planWrite } from '../../cluster/support/plan-write.ts';
import { threeWayPatch } from './three-way.ts';

/** The two manifests of a change, and whose they are. */
export interface Manifests {
  readonly namespace: string;
  readonly release: string;
  /** Of the newest revision; empty for an install. */
  readonly from: readonly KubeObject[];
  readonly to: readonly KubeObject[];
  /** Definitions that the chart brings along. */
  readonly crds: readonly KubeObject[];
  /** Helm writes by server-side apply, as the release was written before. */
  readonly serverSide: boolean;
  /** Its namespace comes with this change, so that nothing in it can be tried. */
  readonly isNewHome: boolean;
}

/** One object of a release before and after; exactly one of `write`, `removed` and `untried` says what happens to it. */
export interface PlannedObject {
  readonly target: Target;
  readonly write?: PlannedWrite;
  readonly removed?: { readonly kind: KubeKind; readonly object: KubeObject };
  /** Why the cluster could not be asked. */
  readonly untried?: string;
  readonly after?: KubeObject;
  /** How the live object differs from what the release last wrote; '' = not at all. */
  readonly drift: string;
}

const AT_ONCE = 6;

/** Asks the cluster what each object would become. Errors: those of the Kubernetes client. */
export async function planObjects(
  kubernetes: KubernetesReader,
  manifests: Manifests,
  signal: AbortSignal,
): Promise<readonly PlannedObject[]> {
  const { from, to } = manifests;
  const old = new Map(from.map((object) => [keyOf(object, manifests), object]));
  const kept = new Set(to.map((object) => keyOf(object, manifests)));
  const gone = from.filter((object) => !kept.has(keyOf(object, manifests)));
  const planned = await inTurns(to, (object) =>
    planOne(kubernetes, object, old.get(keyOf(object, manifests)), manifests, signal),
  );
  const removed = await inTurns(gone, (object) => planRemoval(kubernetes, object, manifests, signal));
  return [...removed.flat(), ...planned];
}

/** A few at a time, in order. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    done.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return done;
}

const keyOf = (object: KubeObject, { namespace }: Manifests): string => {
  const { group = '', kind, name } = targetOfManifest(object);
  return `${group}/${kind}/${object.metadata.namespace ?? namespace}/${name}`;
};

/** The object where it belongs; `undefined` when the cluster does not serve its kind. */
export async function place(
  kubernetes: KubernetesReader,
  object: KubeObject,
  namespace: string,
  signal: AbortSignal,
): Promise<{ readonly kind: KubeKind; readonly object: KubeObject } | undefined> {
  try {
    const kind = await kubernetes.kind(`${object.apiVersion}/${object.kind}`, signal);
    const { namespace: named, ...metadata } = object.metadata;
    const where = kind.namespaced ? { namespace: named ?? namespace } : {};
    return { kind, object: { ...object, metadata: { ...metadata, ...where } } };
  } catch (error) {
    if (isStewardError(error) && error.code === 'unknown_kind') return undefined;
    throw error;
  }
}

async function planOne(
  kubernetes: KubernetesReader,
  manifest: KubeObject,
  old: KubeObject | undefined,
  manifests: Manifests,
  signal: AbortSignal,
): Promise<PlannedObject> {
  const placed = await place(kubernetes, manifest, manifests.namespace, signal);
  if (placed === undefined) return unserved(manifest, manifests);
  const { kind } = placed;
  const object = asOwned(placed.object, manifests);
  const target = targetOfObject(kind, object);
  if (manifests.isNewHome && kind.namespaced)
    return { target, untried: 'its namespace comes with this plan', after: object, drift: '' };
  const before = await findObject(kubernetes, refOf(kind, target), signal);
  if (before === undefined)
    return { target, write: await planWrite(kubernetes, creation(kind, object), undefined, signal), drift: '' };
  if (old === undefined && !isOurs(before, manifests)) return { target, write: foreign(kind, before), drift: '' };
  const write = await planChange(kubernetes, { kind, before, old, object }, manifests.serverSide, signal);
  const drift = old === undefined ? '' : await driftOf(kubernetes, kind, before, old, signal);
  return { target, write, drift };
}

interface Change {
  readonly kind: KubeKind;
  readonly before: KubeObject;
  readonly old: KubeObject | undefined;
  readonly object: KubeObject;
}

/** As helm will do it: server-side apply as `helm`, which stops at fields that others own, or a three-way patch, which takes them. */
async function planChange(
  kubernetes: KubernetesReader,
  { kind, before, old, object }: Change,
  serverSide: boolean,
  signal: AbortSignal,
): Promise<PlannedWrite> {
  if (!serverSide) {
    const ref = refOf(kind, targetOfObject(kind, object));
    return planWrite(kubernetes, { verb: 'patch', ref, ...threeWayPatch(kind, old, object) }, before, signal);
  }
  const write = { verb: 'apply', kind, object, force: false, manager: 'helm' } as const;
  const planned = await planWrite(kubernetes, write, before, signal).catch((error: unknown) => {
    if (!isTypeFault(error)) throw error;
    const target = targetOfObject(kind, object);
    const refusal = { target, code: 'invalid', message: messageOf(error) } as const;
    return { kind, before, after: undefined, object, warnings: [], refusal };
  });
  const { refusal } = planned;
  if (refusal?.code !== 'conflict') return planned;
  const message = `helm would stop half way, since another manager owns a field of it: ${refusal.message}`;
  return { ...planned, refusal: { ...refusal, code: 'other', message } };
}

/** A value of a wrong type is a 500 to the API server when it is applied (`structured-merge-diff`). */
const isTypeFault = (error: unknown): boolean =>
  isStewardError(error) && error.status === 500 && /failed to create typed patch object/.test(error.message);

/** Helm marks every object that it writes as its own (pkg/action, `setMetadataVisitor`). */
function asOwned(object: KubeObject, { release, namespace }: Manifests): KubeObject {
  const { labels, annotations } = object.metadata;
  const metadata = {
    ...object.metadata,
    labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { ...annotations, 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace },
  };
  return { ...object, metadata };
}

/** Server-generated names cannot be told before: such an object is always new. */
const creation = (kind: KubeKind, object: KubeObject): KubeWrite & { verb: 'create' } => ({
  verb: 'create',
  kind,
  object,
});

/** Helm takes over only what its own annotations say is its own (pkg/action, `checkOwnership`). */
const isOurs = (object: KubeObject, { release, namespace }: Manifests): boolean =>
  textAt(object, 'metadata', 'annotations', 'meta.helm.sh/release-name') === release &&
  textAt(object, 'metadata', 'annotations', 'meta.helm.sh/release-namespace') === namespace;

function foreign(kind: KubeKind, before: KubeObject): PlannedWrite {
  const target = targetOfObject(kind, before);
  const message = `${targetLabel(target)} exists already and does not belong to this release: helm refuses to take it over`;
  return { kind, before, after: undefined, object: before, warnings: [], refusal: { target, code: 'other', message } };
}

function unserved(manifest: KubeObject, { crds, namespace }: Manifests): PlannedObject {
  const target = { ...targetOfManifest(manifest), namespace: manifest.metadata.namespace ?? namespace };
  const isComing = crds.some(
    (crd) => at(crd, 'spec', 'names', 'kind') === manifest.kind && at(crd, 'spec', 'group') === target.group,
  );
  if (isComing) return { target, untried: 'its kind comes with this plan', after: manifest, drift: '' };
  const message = `the cluster does not serve ${manifest.kind} of ${manifest.apiVersion}`;
  const kind = {
    group: target.group ?? '',
    version: '',
    kind: manifest.kind,
    resource: '',
    shortNames: [],
    namespaced: true,
    verbs: [],
  };
  const write = {
    kind,
    before: undefined,
    after: undefined,
    object: manifest,
    warnings: [],
    refusal: { target, code: 'unknown_kind' as const, message },
  };
  return { target, write, drift: '' };
}

/** What the release last wrote, laid over the live object by the server itself, so that defaults do not count. */
export async function driftOf(
  kubernetes: KubernetesReader,
  kind: KubeKind,
  live: KubeObject,
  manifest: KubeObject,
  signal: AbortSignal,
): Promise<string> {
  const ref = refOf(kind, targetOfObject(kind, live));
  const { object } = await kubernetes.dryRun(
    { verb: 'patch', ref, ...threeWayPatch(kind, undefined, manifest) },
    signal,
  );
  return object === undefined ? '' : diffObjects(object, live);
}

const KEEP = 'helm.sh/resource-policy';

/** Helm deletes what the release lets go, unless the object says that it stays. */
export async function planRemoval(
  kubernetes: KubernetesReader,
  manifest: KubeObject,
  { namespace }: Pick<Manifests, 'namespace'>,
  signal: AbortSignal,
): Promise<readonly PlannedObject[]> {
  const placed = await place(kubernetes, manifest, namespace, signal);
  if (placed === undefined) return [];
  const target = targetOfObject(placed.kind, placed.object);
  const object = await findObject(kubernetes, refOf(placed.kind, target), signal);
  const policy = (one: KubeObject | undefined) => textAt(one, 'metadata', 'annotations', KEEP);
  if (object === undefined || policy(object) === 'keep' || policy(manifest) === 'keep') return [];
  return [{ target, removed: { kind: placed.kind, object }, drift: '' }];
}
