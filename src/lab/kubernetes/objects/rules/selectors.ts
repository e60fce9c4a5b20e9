import type { JsonObject } from '../../json.ts';
import { listAt, objectAt, objectsAt, textAt } from '../json.ts';
import { qualifiedNameFaults } from '../names.ts';
import { matchesSelector } from '../selector.ts';
import { type Cause, forbiddenField, named, required, wrong } from './causes.ts';
import { labelCauses } from './meta.ts';

/** The parts of a label selector inside an object. */
export function selectorCauses(selector: JsonObject | undefined, field: string): Cause[] {
  return [
    ...labelCauses(objectAt(selector, 'matchLabels'), `${field}.matchLabels`),
    ...objectsAt(selector, 'matchExpressions').flatMap((item, index) =>
      expressionCauses(item, `${field}.matchExpressions[${index}]`),
    ),
  ];
}

function expressionCauses(item: JsonObject, field: string): Cause[] {
  const operator = textAt(item, 'operator') ?? '';
  const hasValues = listAt(item, 'values').length > 0;
  return [
    ...operatorCauses(operator, hasValues, field),
    ...named(`${field}.key`, textAt(item, 'key') ?? '', qualifiedNameFaults),
  ];
}

function operatorCauses(operator: string, hasValues: boolean, field: string): Cause[] {
  if (operator === 'In' || operator === 'NotIn')
    return hasValues ? [] : [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
  if (operator === 'Exists' || operator === 'DoesNotExist')
    return hasValues
      ? [forbiddenField(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
      : [];
  return [wrong(`${field}.operator`, operator, 'not a valid selector operator')];
}

/** The selector of a workload: present, not empty, valid, and matching the labels of the pods it makes. */
export function workloadSelectorCauses(spec: JsonObject, kind: string): Cause[] {
  const selector = objectAt(spec, 'selector');
  if (!selector) return [required('spec.selector')];
  const isEmpty = [objectAt(selector, 'matchLabels') ?? {}, listAt(selector, 'matchExpressions')].every(
    (part) => Object.keys(part).length === 0,
  );
  const causes = selectorCauses(selector, 'spec.selector');
  return [
    ...causes,
    ...(isEmpty ? [wrong('spec.selector', selector, `empty selector is invalid for ${kind.toLowerCase()}`)] : []),
    ...(causes.length > 0 ? [wrong('spec.selector', selector, 'invalid label selector')] : []),
  ];
}

/** The pods that a template makes must be found by the selector again. */
export function templateMatchCauses(spec: JsonObject): Cause[] {
  const labels = objectAt(spec, 'template', 'metadata', 'labels');
  const selector = objectAt(spec, 'selector');
  if (selector && Object.keys(selector).length === 0) return [];
  return matchesSelector(selector, labels)
    ? []
    : [wrong('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}
