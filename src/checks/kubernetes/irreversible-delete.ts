import * as z from 'zod';
import type { Touch } from '../../core/change.ts';
import { targetLabel } from '../../core/target.ts';
import { replacedKey } from '../../world/parts.ts';
import { WORKLOAD_PARTS } from '../../world/relations.ts';
import { volumeOf } from '../../world/storage.ts';
import { defineCheck, type FoundFault, type Seen } from '../define.ts';
import { count, enumerate } from '../facts.ts';

const WANTS = ['services', 'persistentVolumeClaims', 'persistentVolumes', ...WORKLOAD_PARTS] as const;
type DeleteWorld = Seen<'change' | 'replaced'> & Partial<Seen<(typeof WANTS)[number]>>;

export default defineCheck({
  id: 'K14',
  title: 'Nothing that holds data is deleted',
  severity: 'critical',
  why: 'Deleting a claim, a volume, a namespace, a definition or a StatefulSet with volumes cannot be taken back. Such a change asks a person, on another road than the one that proposed it.',
  needs: ['change', 'replaced'],
  wants: WANTS,
  params: z.strictObject({}),
  introduced: 'ask',
  evaluate: (world) =>
    world.change.touches
      .filter(({ verb, target }) => verb === 'delete' && target.system === 'kubernetes')
      .flatMap((touch) => LOSSES[touch.target.kind]?.(touch, world) ?? []),
});

/** What is lost with one object; `undefined` = nothing that holds data. */
type Loss = (touch: Touch, world: DeleteWorld) => FoundFault | undefined;

const LOSSES: Readonly<Record<string, Loss>> = {
  PersistentVolumeClaim: (touch, world) => {
    const id = `${touch.target.namespace ?? ''}/${touch.target.name}`;
    const claim = claimBefore(world, id);
    const policy = claim === undefined ? undefined : volumeBefore(world, claim)?.policy;
    return faultOf(
      touch,
      policy === 'Retain'
        ? 'its volume stays behind released, and nothing binds it again by itself'
        : 'its volume and the data on it are deleted with it',
      [`reclaim policy of its volume: ${policy ?? 'not known'}`],
    );
  },
  PersistentVolume: (touch) => faultOf(touch, 'the claim that is bound to it is lost', []),
  CustomResourceDefinition: (touch) =>
    faultOf(touch, 'every object of its kind in every namespace is deleted with it', []),
  Namespace: (touch, world) => {
    const content = contentOf(touch.target.name, world);
    if (content !== undefined && content.length === 0) return undefined;
    return faultOf(touch, 'everything in it is deleted with it', content ?? ['what is in it could not be read']);
  },
  StatefulSet: (touch, world) => {
    const before = statefulSetBefore(world, `${touch.target.namespace ?? ''}/${touch.target.name}`);
    if (before !== undefined && before.spec.volumeClaimTemplates.length === 0) return undefined;
    const takesClaims = before?.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
    const claims = before?.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name) ?? [];
    const harm = takesClaims ? 'its claims and their data are deleted with it' : 'its claims stay behind';
    return faultOf(
      touch,
      harm,
      [`volume claim templates: ${enumerate(claims) || 'not known'}`],
      takesClaims ? 'critical' : 'high',
    );
  },
};

function faultOf(
  { target }: Touch,
  harm: string,
  evidence: readonly string[],
  severity: 'critical' | 'high' = 'critical',
): FoundFault {
  const label = targetLabel(target);
  return {
    target: label,
    severity,
    message: `The change deletes ${label}: ${harm}.`,
    evidence,
    remedy: 'Take a backup that lives elsewhere and try its restore first; often scaling to zero is enough.',
    fingerprint: `K14:${target.kind}:${target.namespace ?? ''}/${target.name}`,
    lessons: ['agent-terraform-destroy'],
  };
}

// `replaced` holds under the name of a part what that part held, parsed by its schema
type Claim = NonNullable<ReturnType<NonNullable<DeleteWorld['persistentVolumeClaims']>['get']>>;
type StatefulSet = NonNullable<ReturnType<NonNullable<DeleteWorld['statefulSets']>['get']>>;
type Volume = NonNullable<ReturnType<NonNullable<DeleteWorld['persistentVolumes']>['get']>>;

const claimBefore = (world: DeleteWorld, id: string): Claim | undefined =>
  (world.replaced.get(replacedKey('persistentVolumeClaims', id)) as Claim | undefined) ??
  world.persistentVolumeClaims?.get(id);

const statefulSetBefore = (world: DeleteWorld, id: string): StatefulSet | undefined =>
  (world.replaced.get(replacedKey('statefulSets', id)) as StatefulSet | undefined) ?? world.statefulSets?.get(id);

function volumeBefore(world: DeleteWorld, claim: Claim): { readonly policy: string } | undefined {
  const removed = world.replaced.get(replacedKey('persistentVolumes', claim.spec.volumeName ?? '')) as
    | Volume
    | undefined;
  const { persistentVolumes } = world;
  const volume = removed ?? (persistentVolumes === undefined ? undefined : volumeOf(claim, { persistentVolumes }));
  return volume === undefined ? undefined : { policy: volume.spec.persistentVolumeReclaimPolicy };
}

/** What a namespace holds or held before this change, by part; `undefined` when a part could not be read. */
function contentOf(namespace: string, world: DeleteWorld): readonly string[] | undefined {
  const counts: string[] = [];
  for (const part of ['services', 'persistentVolumeClaims', ...WORKLOAD_PARTS] as const) {
    const there = world[part];
    if (there === undefined) return undefined;
    const ids = new Set([...there.keys(), ...removedFrom(part, world)]);
    const own = [...ids].filter((id) => id.startsWith(`${namespace}/`));
    if (own.length > 0) counts.push(count(own.length, part.replace(/s$/, '')));
  }
  return counts;
}

const removedFrom = (part: string, { replaced }: DeleteWorld): readonly string[] =>
  [...replaced.keys()].filter((key) => key.startsWith(`${part}:`)).map((key) => key.slice(part.length + 1));
