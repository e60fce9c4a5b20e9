import * as z from 'zod';
import type { Change, Refusal } from '../../core/change.ts';
import { targetLabel } from '../../core/target.ts';
import type { Pod } from '../../world/kubernetes/pod.ts';
import { type Parts, partSchemas, replacedKey, type WorldObject } from '../../world/parts.ts';
import { controllerOf, isTerminal } from '../../world/relations.ts';
import { isPartName } from '../../world/world.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { enumerate, oneLine } from '../facts.ts';
import { takenFields } from './owned-fields.ts';

export default defineCheck({
  id: 'K15',
  title: 'A change leaves alone what nobody remakes and what others keep',
  severity: 'high',
  why: 'A pod without a controller does not come back, so losing one is denied. A field that Helm, Flux or an operator sets is soon set back, so taking one asks a person.',
  needs: ['change', 'replaced'],
  params: z.strictObject({}),
  introduced: 'ask',
  evaluate: ({ change, replaced }) => [
    ...lostPods(change, replaced),
    ...change.refusals.filter(({ code }) => code === 'conflict').map(conflictFault),
    ...change.effects.flatMap(({ op, part, id, ...rest }) => {
      const before = replaced.get(replacedKey(part, id));
      const isEdit = op === 'put' && before !== undefined && part !== 'pods' && 'value' in rest;
      return isEdit ? editFaults(part, id, before, rest.value, change) : [];
    }),
  ],
});

/** Evicted or deleted pods that no controller makes again; finished, static and debugging ones are no loss. */
const lostPods = ({ touches }: Parts['change'], replaced: Parts['replaced']): readonly FoundFault[] =>
  touches.flatMap(({ verb, target }): readonly FoundFault[] => {
    if (target.kind !== 'Pod' || (verb !== 'delete' && verb !== 'evict')) return [];
    const id = `${target.namespace ?? ''}/${target.name}`;
    // `replaced` holds under the name of a part what that part held, parsed by its schema
    const pod = replaced.get(replacedKey('pods', id)) as Pod | undefined;
    if (pod === undefined || !isLoss(pod)) return [];
    return [
      {
        target: `Pod ${id}`,
        message: `Pod ${id} has no controller: once it is gone, nothing starts it again.`,
        evidence: [
          'no ownerReference with controller: true',
          `phase ${pod.status.phase} on ${pod.spec.nodeName ?? 'no node'}`,
        ],
        remedy: 'Put the pod under a Deployment first, or delete it by hand if it is really no longer needed.',
        fingerprint: `K15:pod:${id}`,
        lessons: ['agent-delete-ownerless-pod'],
        introduced: 'deny',
      },
    ];
  });

const DEBUG_LABEL = 'app.kubernetes.io/managed-by';

function isLoss(pod: Pod): boolean {
  const { name, labels, annotations } = pod.metadata;
  const isStatic = 'kubernetes.io/config.mirror' in annotations;
  // `kubectl debug node/x` and `kubectl run --rm --restart=Never`
  const isDebug =
    name.startsWith('node-debugger-') ||
    labels[DEBUG_LABEL] === 'kubectl-debug' ||
    ('run' in labels && pod.spec.restartPolicy === 'Never');
  return controllerOf(pod.metadata) === undefined && !isTerminal(pod) && !isStatic && !isDebug;
}

function conflictFault({ target, manager, field, message }: Refusal): FoundFault {
  const label = targetLabel(target);
  return foreignFault(
    label,
    `${label}`,
    [{ manager: manager ?? 'another manager', field: field ?? 'a field' }],
    [oneLine(message, 400)],
  );
}

function editFaults(
  part: string,
  id: string,
  before: WorldObject,
  value: unknown,
  { targets }: Change,
): readonly FoundFault[] {
  const label = `${kindOf(before, part)} ${id}`;
  const owner = controllerOf(before.metadata);
  if (owner !== undefined && owner.kind !== 'Node') return [ownedFault(label, owner)];
  const after = isPartName(part) ? partSchemas[part].safeParse(value) : undefined;
  // What Helm itself changes it takes from nobody; Flux, which drives it, is another manager.
  const isHelm = targets.some(({ system }) => system === 'helm');
  const fields = after?.success === true ? takenFields(before, after.data) : [];
  const taken = fields.filter(({ manager }) => !(isHelm && /^helm$/i.test(manager)));
  if (taken.length > 0) return [foreignFault(label, id, taken, [])];
  const keeper = before.metadata.managedFields === undefined ? keeperOf(before) : undefined;
  return keeper === undefined ? [] : [foreignFault(label, id, [{ manager: keeper, field: 'it as a whole' }], [])];
}

const kindOf = (object: WorldObject, part: string): string =>
  typeof object['kind'] === 'string' ? object['kind'] : part;

/** What its labels say, where the fields tell nothing. */
function keeperOf({ metadata: { labels, annotations } }: WorldObject): string | undefined {
  if ('kustomize.toolkit.fluxcd.io/name' in labels || 'helm.toolkit.fluxcd.io/name' in labels) return 'Flux';
  if ('argocd.argoproj.io/instance' in labels || 'argocd.argoproj.io/tracking-id' in annotations) return 'Argo CD';
  return undefined;
}

const ownedFault = (label: string, owner: { readonly kind: string; readonly name: string }): FoundFault => ({
  target: label,
  severity: 'medium',
  message: `${label} belongs to ${owner.kind} ${owner.name}, whose controller will set it back.`,
  evidence: [`ownerReference ${owner.kind}/${owner.name}, controller: true`],
  remedy: `Make the change on ${owner.kind} ${owner.name} instead.`,
  fingerprint: `K15:owned:${label}`,
  lessons: ['prometheus-operator-fights-scale'],
});

function foreignFault(
  label: string,
  id: string,
  taken: readonly { readonly manager: string; readonly field: string }[],
  evidence: readonly string[],
): FoundFault {
  const managers = [...new Set(taken.map(({ manager }) => manager))];
  return {
    target: label,
    severity: 'medium',
    message: `The change takes ${enumerate(taken.map(({ field }) => field))} of ${label} from ${enumerate(managers)}, which will set it back.`,
    evidence: [...taken.slice(0, 8).map(({ manager, field }) => `${field} is managed by ${manager}`), ...evidence],
    remedy: `Make the change where ${enumerate(managers)} takes it from: the values of the release, or the repository.`,
    fingerprint: `K15:field:${id}:${[...new Set(taken.map(({ field }) => field))].sort().join('+')}`,
    lessons: ['prometheus-operator-fights-scale'],
  };
}
