import type { Hook } from '../../../clients/helm/contract.ts';
import { releaseTarget } from '../../../clients/helm/touches.ts';
import type { KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import type { Refusal, Touch, WriteVerb } from '../../../core/change.ts';
import type { Effect } from '../../../core/effect.ts';
import type { Draft, Precondition, Reversibility } from '../../../core/plan.ts';
import { type Target, targetLabel } from '../../../core/target.ts';
import { at, listAt } from '../../cluster/support/json.ts';
import { ownedBy } from '../../cluster/support/owned.ts';
import { putEffect, removeEffect } from '../../cluster/support/parts.ts';
import { cutPreview, diffObjects } from '../../cluster/support/plan-write.ts';
import { type PlannedObject, place } from './objects.ts';

/** A hook of this operation where it will run. */
export interface PlannedHook {
  readonly hook: Hook;
  readonly target: Target;
  readonly effects: readonly Effect[];
  readonly refusals: readonly Refusal[];
}

export interface DraftParts {
  readonly release: { readonly namespace: string; readonly name: string; readonly verb: WriteVerb };
  /** First line of the preview, and what else stands before the objects. */
  readonly head: readonly string[];
  readonly objects: readonly PlannedObject[];
  readonly hooks: readonly PlannedHook[];
  readonly effects: readonly Effect[];
  readonly preconditions: readonly Precondition[];
  readonly touches: readonly Touch[];
  readonly warnings: readonly string[];
  readonly undo: string | null;
}

/** The draft of a change of a release: every object that helm would write is in its effects and touches. */
export async function draftOf(parts: DraftParts, kubernetes: KubernetesReader, signal: AbortSignal): Promise<Draft> {
  const { release, objects, hooks } = parts;
  const removals = await removalEffects(objects, kubernetes, signal);
  const worst = reversibilityOf(objects, hooks, release.verb);
  return {
    preview: previewOf(parts),
    effects: [...objects.flatMap(effectsOf), ...removals, ...hooks.flatMap(({ effects }) => effects), ...parts.effects],
    preconditions: [...parts.preconditions, ...objects.flatMap(newOnes)],
    touches: uniqueTouches([
      { target: releaseTarget(release.namespace, release.name), verb: release.verb },
      ...parts.touches,
      ...objects.flatMap(touchesOf),
      ...hooks.flatMap(({ target }): Touch[] => [
        { target, verb: 'create' },
        { target, verb: 'delete' },
      ]),
    ]),
    refusals: [...objects.flatMap(({ write }) => write?.refusal ?? []), ...hooks.flatMap(({ refusals }) => refusals)],
    warnings: [
      ...parts.warnings,
      ...objects.flatMap(({ write, untried, target }) => [
        ...(write?.warnings ?? []),
        ...(untried === undefined ? [] : [`${targetLabel(target)} could not be tried: ${untried}.`]),
      ]),
    ],
    undo: worst === 'irreversible' ? null : parts.undo,
    ...(worst !== undefined && { reversibility: worst }),
  };
}

const isChanged = ({ write }: PlannedObject): boolean =>
  write !== undefined && (write.before === undefined || diffObjects(write.before, write.after) !== '');

function effectsOf({ write, untried, after, target }: PlannedObject): readonly Effect[] {
  if (write?.after !== undefined) return putEffect(write.kind, write.after);
  if (untried === undefined || after === undefined) return [];
  const kind = { group: target.group ?? '', resource: PLURALS[target.kind] ?? '' };
  return putEffect({ ...kind, version: '', kind: target.kind, shortNames: [], namespaced: true, verbs: [] }, after);
}

/** Kinds that checks look at, for objects that could not be asked for. */
const PLURALS: Readonly<Record<string, string>> = {
  Pod: 'pods',
  Service: 'services',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Job: 'jobs',
  CronJob: 'cronjobs',
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  PodDisruptionBudget: 'poddisruptionbudgets',
};

/** The garbage collector takes what a removed object owns. */
async function removalEffects(
  objects: readonly PlannedObject[],
  kubernetes: KubernetesReader,
  signal: AbortSignal,
): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const { removed } of objects) {
    if (removed === undefined) continue;
    const owned = await ownedBy(kubernetes, removed.object, signal);
    for (const one of [removed, ...owned]) effects.push(...removeEffect(one.kind, one.object));
  }
  return effects;
}

function touchesOf(planned: PlannedObject): readonly Touch[] {
  const { target, write, removed, untried } = planned;
  if (removed !== undefined) return [{ target, verb: 'delete' }];
  if (untried !== undefined || write?.before === undefined) return [{ target, verb: 'create' }];
  return isChanged(planned) ? [{ target, verb: 'patch' }] : [];
}

/** An object that has come since would make helm stop half way. */
const newOnes = ({ target, write, untried }: PlannedObject): readonly Precondition[] =>
  untried === undefined && write !== undefined && write.before === undefined && write.refusal === undefined
    ? [{ target, absent: true }]
    : [];

const uniqueTouches = (touches: readonly Touch[]): readonly Touch[] => [
  ...new Map(touches.map((touch) => [`${touch.verb} ${JSON.stringify(touch.target)}`, touch])).values(),
];

const DATA_KINDS: ReadonlySet<string> = new Set([
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Namespace',
  'CustomResourceDefinition',
]);

/** Worse than the action's own when data goes, or when code of the chart runs that no rollback takes back. */
function reversibilityOf(
  objects: readonly PlannedObject[],
  hooks: readonly PlannedHook[],
  verb: WriteVerb,
): Reversibility | undefined {
  const takesData = objects.some(({ removed }) => {
    if (removed === undefined) return false;
    const { object } = removed;
    const takesClaims =
      object.kind === 'StatefulSet' &&
      listAt(object, 'spec', 'volumeClaimTemplates').length > 0 &&
      at(object, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete';
    return DATA_KINDS.has(object.kind) || takesClaims;
  });
  if (takesData) return 'irreversible';
  return hooks.length > 0 && verb !== 'create' ? 'externally_reversible' : undefined;
}

function previewOf({ head, objects, hooks }: DraftParts): string {
  const shown = objects.filter(
    (one) =>
      one.removed !== undefined || one.untried !== undefined || isChanged(one) || one.write?.refusal !== undefined,
  );
  const same = objects.length - shown.length;
  const drifted = objects.filter(({ drift }) => drift !== '');
  return cutPreview(
    [
      ...head,
      ...hooks.map(({ hook, target }) => `runs ${targetLabel(target)} (${hook.events.join(', ')})`),
      ...shown.toSorted((a, b) => rank(a) - rank(b)).map(textOf),
      ...(same > 0 ? [`${same} object${same === 1 ? '' : 's'} without a change`] : []),
      ...drifted.map(({ target, drift }) => `${targetLabel(target)}: was changed since the release wrote it\n${drift}`),
    ].join('\n'),
  );
}

/** What goes and what changes before what is new. */
const rank = ({ removed, write }: PlannedObject): number =>
  write?.refusal !== undefined ? 0 : removed !== undefined ? 1 : write?.before !== undefined ? 2 : 3;

function textOf({ target, write, removed, untried }: PlannedObject): string {
  const label = targetLabel(target);
  if (removed !== undefined) return `${label}: deleted`;
  if (untried !== undefined) return `${label}: new (${untried})`;
  if (write?.refusal !== undefined)
    return `${label}: would be refused (${write.refusal.code}): ${write.refusal.message.slice(0, 600)}`;
  const word = write?.before === undefined ? 'new' : 'changed';
  return `${label}: ${word}\n${diffObjects(write?.before, write?.after)}`;
}

/** The hooks of these events, tried where they do not exist yet. Test hooks run only when asked for. */
export async function planHooks(
  kubernetes: KubernetesReader,
  hooks: readonly Hook[],
  events: readonly string[],
  { namespace, isNewHome }: { readonly namespace: string; readonly isNewHome: boolean },
  signal: AbortSignal,
): Promise<readonly PlannedHook[]> {
  const planned: PlannedHook[] = [];
  for (const hook of hooks) {
    if (hook.object === undefined || !hook.events.some((event) => events.includes(event))) continue;
    const placed = await place(kubernetes, hook.object, namespace, signal);
    const target: Target = targetOfHook(hook.object, placed?.object.metadata.namespace);
    if (placed === undefined || isNewHome) {
      planned.push({ hook, target, effects: [], refusals: [] });
      continue;
    }
    const { object, refusal } = await kubernetes.dryRun(
      { verb: 'create', kind: placed.kind, object: placed.object },
      signal,
    );
    // One of an earlier run is in the way: helm deletes it first.
    const refusals = refusal === undefined || isInTheWay(refusal) ? [] : [refusal];
    planned.push({ hook, target, effects: object === undefined ? [] : putEffect(placed.kind, object), refusals });
  }
  return planned;
}

const isInTheWay = ({ message }: Refusal): boolean => /already exists/.test(message);

function targetOfHook(
  { apiVersion, kind, metadata }: NonNullable<Hook['object']>,
  namespace: string | undefined,
): Target {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : undefined;
  return {
    system: 'kubernetes',
    kind,
    ...(group !== undefined && { group }),
    ...(namespace !== undefined && { namespace }),
    name: metadata.name,
  };
}
