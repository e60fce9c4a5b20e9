import * as z from 'zod';
import type { Change, Refusal } from '../../core/change.ts';
import { targetLabel } from '../../core/target.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { oneLine } from '../facts.ts';

export default defineCheck({
  id: 'K11',
  title: 'The API accepts the change as it is written',
  severity: 'high',
  why: 'Without strict validation an unknown field is dropped in silence: the constraint stands in the manifest and does nothing. A change that the strict dry run refuses is denied.',
  needs: ['change'],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate: ({ change }) =>
    change.refusals
      .filter((refusal) => JUDGED.has(refusal.code) && !isDefinedHere(refusal, change))
      .map((refusal) => faultOf(refusal)),
});

const JUDGED: ReadonlySet<Refusal['code']> = new Set(['unknown_field', 'invalid', 'unknown_kind'] as const);

/** The kind comes with the same change: its definition has to be applied first, then the dry run can tell. */
const isDefinedHere = ({ code, target }: Refusal, { targets }: Change): boolean =>
  code === 'unknown_kind' &&
  targets.some(
    ({ kind, name }) =>
      kind === 'CustomResourceDefinition' &&
      name.endsWith(`.${target.group ?? ''}`) &&
      name.startsWith(target.kind.toLowerCase().slice(0, -1)),
  );

function faultOf({ target, code, message, field }: Refusal): FoundFault {
  const label = targetLabel(target);
  return {
    target: label,
    message: `The API refuses ${label}: ${TEXT[code] ?? 'it is not valid'}${field === undefined ? '' : ` (${field})`}.`,
    evidence: [oneLine(message, 400)],
    remedy:
      field?.includes('nodeAffinity') === true
        ? NESTING
        : (REMEDY[code] ?? 'Correct the field that the message names.'),
    fingerprint: `K11:${target.kind}:${target.namespace ?? ''}/${target.name}:${code}:${field ?? ''}`,
    lessons: code === 'unknown_kind' ? ['arc-api-group-typo'] : ['k8s-nodeaffinity-wrong-nesting'],
  };
}

const TEXT: Partial<Record<Refusal['code'], string>> = {
  unknown_field: 'it has a field that the API does not know and would drop',
  invalid: 'a value is not valid',
  unknown_kind: 'there is no such kind in this API version',
};

const REMEDY: Partial<Record<Refusal['code'], string>> = {
  unknown_field: 'Move the field to where the API looks for it, or remove it.',
  unknown_kind: 'Correct apiVersion and kind, or install the custom resource definition first.',
};

const NESTING = 'Move it to spec.affinity.nodeAffinity, or use spec.nodeSelector.';
