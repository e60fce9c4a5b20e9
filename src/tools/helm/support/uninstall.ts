import type { Release } from '../../../clients/helm/contract.ts';
import type { Draft } from '../../../core/plan.ts';
import { targetLabel } from '../../../core/target.ts';
import type { ReadContext, Verdict } from '../../../core/tool.ts';
import { findObject, refOf, targetOfObject } from '../../cluster/support/find.ts';
import { poll } from '../../cluster/support/pause.ts';
import type { Clients } from './change.ts';
import { draftOf, planHooks } from './draft.ts';
import { type PlannedObject, place, planRemoval } from './objects.ts';
import { historyOf, releaseEffect, releasePreconditions } from './release.ts';

/** The draft of an uninstall: every object that goes, and what stays although it belonged to the release. */
export async function planUninstall(
  release: Release,
  keepHistory: boolean,
  { clients, signal }: ReadContext<Clients>,
): Promise<Draft> {
  const { namespace, name, revision, objects: manifest } = release;
  const objects: PlannedObject[] = [];
  for (const object of manifest)
    objects.push(...(await planRemoval(clients.kubernetes, object, { namespace }, signal)));
  const there = { namespace, isNewHome: false };
  const hooks = await planHooks(clients.kubernetes, release.hooks, ['pre-delete', 'post-delete'], there, signal);
  const chart = { name: release.chart, version: release.chartVersion, appVersion: release.appVersion };
  const gone = { namespace, name, revision, status: 'uninstalled' } as const;
  const left = manifest.length - objects.length;
  const draft = await draftOf(
    {
      release: { namespace, name, verb: 'delete' },
      head: [
        `HelmRelease ${namespace}/${name}: uninstalled, was revision ${revision} (${release.status}) of ${chart.name} ${chart.version}; its history ${keepHistory ? 'is kept' : 'goes too'}`,
        ...(left > 0 ? [`${left} of its objects stay or are not there`] : []),
        ...claimsLeft(objects),
      ],
      objects,
      hooks,
      effects: [
        keepHistory
          ? releaseEffect(gone, chart, '')
          : { op: 'remove', part: 'helmReleases', id: `${namespace}/${name}` },
      ],
      preconditions: await releasePreconditions(clients.kubernetes, release, signal),
      touches: [],
      warnings: [],
      undo: keepHistory
        ? `helm_rollback of ${namespace}/${name} to revision ${revision}.`
        : `helm_install of ${chart.name} ${chart.version} with its values, which are not kept.`,
    },
    clients.kubernetes,
    signal,
  );
  return keepHistory || draft.reversibility === 'irreversible'
    ? draft
    : { ...draft, reversibility: 'externally_reversible' };
}

const claimsLeft = (objects: readonly PlannedObject[]): readonly string[] =>
  objects.some(({ removed }) => removed?.object.kind === 'StatefulSet')
    ? [
        'PersistentVolumeClaims that its StatefulSets made are no objects of the release: they stay unless a StatefulSet says otherwise.',
      ]
    : [];

const GONE_WAIT_MS = 20_000;

/** Helm says that it is gone, and so are its objects. */
export async function verifyUninstall(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  result: { readonly objects: Release['objects'] } | undefined,
  { clients, signal }: ReadContext<Clients>,
): Promise<Verdict> {
  const label = `HelmRelease ${namespace}/${name}`;
  const [newest] = await historyOf(clients.helm, namespace, name, signal);
  if (newest !== undefined && newest.status !== 'uninstalled')
    return { ok: 'no', evidence: [`${label} is ${newest.status}`] };
  if (result === undefined)
    return { ok: 'unknown', evidence: [`${label} is gone; what it held is not known any more`] };
  const rest = async (): Promise<readonly string[]> => {
    const found = await Promise.all(
      result.objects.map(async (object) => stillThere(object, namespace, clients, signal)),
    );
    return found.flat();
  };
  let left: readonly string[] = [];
  const look = async (): Promise<true | undefined> => {
    left = await rest();
    return left.length === 0 || undefined;
  };
  const isGone = await poll(look, { forMs: GONE_WAIT_MS, everyMs: 500, signal });
  return isGone === true
    ? { ok: 'yes', evidence: [`${label} and its ${result.objects.length} objects are gone`] }
    : { ok: 'unknown', evidence: [`${label} is gone; still there: ${left.slice(0, 5).join(', ')}`] };
}

async function stillThere(
  object: Release['objects'][number],
  namespace: string,
  { kubernetes }: Clients,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const placed = await place(kubernetes, object, namespace, signal);
  if (placed === undefined) return [];
  const target = targetOfObject(placed.kind, placed.object);
  const live = await findObject(kubernetes, refOf(placed.kind, target), signal);
  return live === undefined ? [] : [targetLabel(target)];
}

/** What an uninstall will take away: for the look afterwards. */
export const removable = async (
  { objects, namespace }: Release,
  { kubernetes }: Clients,
  signal: AbortSignal,
): Promise<Release['objects']> => {
  const taken: Release['objects'][number][] = [];
  for (const object of objects)
    if ((await planRemoval(kubernetes, object, { namespace }, signal)).length > 0) taken.push(object);
  return taken;
};
