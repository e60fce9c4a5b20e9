import { type ObjectPartName, replacedKey, type WorldObject } from '../world/parts.ts';
import { isPartName, type World } from '../world/world.ts';
import type { AnyCheck, FoundFault, Subject } from './define.ts';

const ACCEPT = 'steward.dev/accept';
const REASON = 'steward.dev/accept-reason';

/**
 * Why somebody accepted what `check` finds on this object; `undefined` when nobody did or gave no reason.
 * In the world of a plan only what was accepted before counts: a change cannot excuse itself.
 */
export function acceptedReason(world: World, check: string, subject: Subject | undefined): string | undefined {
  if (subject === undefined) return undefined;
  const now = reasonOf(annotationsOf(world, subject), check);
  if (now === undefined || !isTouched(world, subject)) return now;
  return reasonOf(annotationsBefore(world, subject), check) === undefined ? undefined : now;
}

/** A change that accepts the findings of this check on some object silences it from then on: a person must see that. */
export function newAcceptances(world: World, check: AnyCheck): readonly FoundFault[] {
  return touched(world).flatMap((subject): readonly FoundFault[] => {
    const reason = reasonOf(annotationsOf(world, subject), check.id);
    if (reason === undefined || reasonOf(annotationsBefore(world, subject), check.id) !== undefined) return [];
    return [
      {
        target: `${subject.part} ${subject.id}`,
        message: `The change would silence ${check.id} ("${check.title}") on ${subject.part} ${subject.id} from now on.`,
        evidence: [`annotation ${ACCEPT} names ${check.id}`, `its reason: ${reason}`],
        remedy: `Leave the annotation out, or let a person decide that this finding is acceptable here.`,
        fingerprint: `${check.id}:accept:${subject.part}:${subject.id}`,
        lessons: [],
        introduced: 'ask',
      },
    ];
  });
}

/** The reason given on an object for accepting what this check finds; naming the check without a reason accepts nothing. */
export function reasonOf(annotations: Readonly<Record<string, string>>, check: string): string | undefined {
  const isNamed = (annotations[ACCEPT] ?? '').split(',').some((id) => id.trim() === check);
  const reason = (annotations[REASON] ?? '').trim();
  return isNamed && reason !== '' ? reason : undefined;
}

function annotationsOf(world: World, { part, id }: Subject): Readonly<Record<string, string>> {
  const found = part === 'images' ? undefined : world.part(part);
  // every part but `images` holds API objects, which all have metadata
  const object = found?.state === 'known' ? (found.value.get(id) as WorldObject | undefined) : undefined;
  return object?.metadata.annotations ?? {};
}

function annotationsBefore(world: World, { part, id }: Subject): Readonly<Record<string, string>> {
  const replaced = world.part('replaced');
  const object = replaced.state === 'known' ? replaced.value.get(replacedKey(part, id)) : undefined;
  return object?.metadata.annotations ?? {};
}

function touched(world: World): readonly Subject[] {
  const change = world.part('change');
  if (change.state !== 'known') return [];
  return change.value.effects.flatMap(({ op, part, id }) => (op === 'put' && isObjectPart(part) ? [{ part, id }] : []));
}

const isTouched = (world: World, subject: Subject): boolean =>
  touched(world).some(({ part, id }) => part === subject.part && id === subject.id);

const isObjectPart = (part: string): part is ObjectPartName => isPartName(part) && part !== 'images';
