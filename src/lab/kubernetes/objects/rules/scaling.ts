import type { KubeJson } from '../../json.ts';
import { at, objectAt, textAt } from '../json.ts';
import { type Cause, required, wrong } from './causes.ts';
import { countOrPercent, notOver100 } from './counts.ts';
import { selectorCauses } from './selectors.ts';

export function disruptionBudgetCauses(object: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const [min, max] = [at(spec, 'minAvailable'), at(spec, 'maxUnavailable')];
  return [
    ...(min !== undefined && max !== undefined
      ? [wrong('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...countOrPercent(min, 'spec.minAvailable'),
    ...notOver100(min, 'spec.minAvailable'),
    ...countOrPercent(max, 'spec.maxUnavailable'),
    ...notOver100(max, 'spec.maxUnavailable'),
    ...selectorCauses(objectAt(spec, 'selector'), 'spec.selector'),
  ];
}

export function autoscalerCauses(object: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const [min, max] = [at(spec, 'minReplicas') ?? 1, at(spec, 'maxReplicas') ?? 0];
  return [
    ...(Number(min) < 1 ? [wrong('spec.minReplicas', min, 'must be greater than or equal to 1')] : []),
    ...(Number(max) < 1 ? [wrong('spec.maxReplicas', max, 'must be greater than 0')] : []),
    ...(Number(max) < Number(min)
      ? [wrong('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`')]
      : []),
    ...['kind', 'name'].flatMap((member) =>
      textAt(spec, 'scaleTargetRef', member) ? [] : [required(`spec.scaleTargetRef.${member}`)],
    ),
    ...(textAt(spec, 'scaleTargetRef', 'apiVersion')
      ? []
      : [wrong('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group')]),
  ];
}
