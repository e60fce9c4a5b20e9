import type { JsonObject } from '../../json.ts';
import { objectAt } from '../json.ts';
import type { Cause } from './causes.ts';
import { annotationCauses, labelCauses } from './meta.ts';
import { podSpecCauses } from './pod.ts';

/** A pod template: its labels, annotations and pod spec. */
export function templateCauses(template: JsonObject | undefined, field: string): Cause[] {
  return [
    ...labelCauses(objectAt(template, 'metadata', 'labels'), `${field}.metadata.labels`),
    ...annotationCauses(objectAt(template, 'metadata', 'annotations'), `${field}.metadata.annotations`),
    ...podSpecCauses(objectAt(template, 'spec') ?? {}, `${field}.spec`),
  ];
}
