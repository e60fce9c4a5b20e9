import * as z from 'zod';
import type { KubeKind, KubeObject, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import { StewardError } from '../../../core/errors.ts';
import type { Reversibility } from '../../../core/plan.ts';
import { targetLabel } from '../../../core/target.ts';
import { defineAction } from '../../define.ts';
import { findObject, refOf, targetOfObject } from '../support/find.ts';
import { Kind, Name, Namespace } from '../support/inputs.ts';
import { at, listAt, textAt } from '../support/json.ts';
import { resolveTarget, targetOf } from '../support/kinds.ts';
import { inhabitantsOf } from '../support/namespace.ts';
import { controllerOf, type OwnedObject, ownedBy } from '../support/owned.ts';
import { removeEffect } from '../support/parts.ts';
import { poll } from '../support/pause.ts';
import { cutPreview, existing } from '../support/plan-write.ts';

const GONE_WAIT_MS = 20_000;
/** Data or whole groups of objects go with these. */
const IRREVERSIBLE: readonly string[] = [
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Namespace',
  'CustomResourceDefinition',
  'Secret',
];

const Input = z.strictObject({ kind: Kind, namespace: Namespace.optional(), name: Name });
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'cluster_delete',
  title: 'Delete an object',
  description: 'Delete one object by kind and name, with everything it owns.',
  signature: '{kind, namespace?, name} one object, never a selector',
  reversibility: 'externally_reversible',
  needs: ['kubernetes'],
  input: Input,
  targets: (input) => [targetOf(input)],
  async plan(input, { clients: { kubernetes }, signal }) {
    const target = targetOf(input);
    const kind = await resolveTarget(kubernetes, target, signal);
    const object = await kubernetes.get(refOf(kind, target), signal);
    const { warnings, refusal } = await kubernetes.dryRun(writeOf(kind, object), signal);
    const taken =
      object.kind === 'Namespace'
        ? await inhabitantsOf(kubernetes, input.name, signal)
        : await ownedBy(kubernetes, object, signal);
    const reversibility = reversibilityOf(object);
    return {
      preview: cutPreview([`${targetLabel(target)}: deleted`, ...taken.map(labelOf), ...notesOf(object)].join('\n')),
      effects: [{ kind, object }, ...taken].flatMap((one) => removeEffect(one.kind, one.object)),
      preconditions: [existing(kind, object)],
      touches: [{ target, verb: 'delete' }],
      refusals: refusal === undefined ? [] : [refusal],
      warnings,
      reversibility,
      undo: reversibility === 'irreversible' ? null : undoOf(object),
    };
  },
  async run(input, { clients: { kubernetes }, permit, signal }) {
    const target = targetOf(input);
    const kind = await resolveTarget(kubernetes, target, signal);
    const object = await kubernetes.get(refOf(kind, target), signal);
    if (object.metadata.uid === undefined)
      throw new StewardError(`Unable to delete ${targetLabel(target)}: the cluster gave no uid.`, {
        kind: 'target',
        code: 'uid_missing',
      });
    await kubernetes.write(writeOf(kind, object), permit, signal);
    return { uid: object.metadata.uid };
  },
  async verify(input, result, ctx) {
    const {
      clients: { kubernetes },
      signal,
    } = ctx;
    const target = targetOf(input);
    const ref = refOf(await resolveTarget(kubernetes, target, signal), target);
    const label = targetLabel(target);
    const look = async (): Promise<'gone' | 'replaced' | undefined> => {
      const live = await findObject(kubernetes, ref, signal);
      if (live === undefined) return 'gone';
      return result !== undefined && live.metadata.uid !== result.uid ? 'replaced' : undefined;
    };
    const seen = await poll(look, { forMs: GONE_WAIT_MS, everyMs: 500, signal });
    if (seen === 'gone') return { ok: 'yes', evidence: [`${label} is gone`] };
    // A controller may make a new one of the same name: the old one is gone all the same.
    if (seen === 'replaced') return { ok: 'yes', evidence: [`${label} is gone; another object took its name`] };
    const live = await findObject(kubernetes, ref, signal);
    const going = textAt(live, 'metadata', 'deletionTimestamp') !== undefined;
    return going
      ? { ok: 'unknown', evidence: [`${label} is being deleted and not gone yet`] }
      : { ok: 'no', evidence: [`${label} is still there`] };
  },
});

const writeOf = (kind: KubeKind, object: KubeObject): KubeWrite => ({
  verb: 'delete',
  ref: refOf(kind, targetOfObject(kind, object)),
  uid: object.metadata.uid ?? '',
  propagation: 'Background',
});

const labelOf = ({ kind, object }: OwnedObject): string => `${targetLabel(targetOfObject(kind, object))}: goes along`;

function reversibilityOf(object: KubeObject): Reversibility {
  if (IRREVERSIBLE.includes(object.kind)) return 'irreversible';
  return object.kind === 'StatefulSet' && listAt(object, 'spec', 'volumeClaimTemplates').length > 0
    ? 'irreversible'
    : 'externally_reversible';
}

/** What a reader of the plan would not see from the list of objects. */
function notesOf(object: KubeObject): readonly string[] {
  const notes: string[] = [];
  const owner = controllerOf(object);
  if (owner !== undefined) notes.push(`It is made by ${owner.kind} ${owner.name}, which makes a new one.`);
  else if (object.kind === 'Pod') notes.push('No controller owns it: nothing makes a new one.');
  if (object.kind === 'StatefulSet' && listAt(object, 'spec', 'volumeClaimTemplates').length > 0)
    notes.push(
      at(object, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete'
        ? 'Its PersistentVolumeClaims are deleted with it.'
        : 'Its PersistentVolumeClaims stay.',
    );
  return notes;
}

const undoOf = (object: KubeObject): string =>
  controllerOf(object) === undefined
    ? 'cluster_apply of its manifest, from git or a backup; its current state is not kept.'
    : 'Its controller makes a new one.';
