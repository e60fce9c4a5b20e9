import type { Json, JsonObject, KubeJson } from '../json.ts';
import { at, isObject, numberAt, objectAt, textAt } from '../objects/json.ts';
import { selectorText } from '../objects/selector.ts';
import type { ServedResource } from './catalogue.ts';
import { definitionSpec } from './custom.ts';
import { badRequest, invalid } from './fault.ts';

const SCALE = { group: 'autoscaling', kind: 'Scale' };

interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  readonly selector: readonly string[] | undefined;
}

const jsonPath = (text: string): string[] => text.split('.').filter((part) => part !== '');

function pathsOf({ definition, version }: ServedResource): ScalePaths {
  const scale =
    definition && definitionSpec(definition).versions.find(({ name }) => name === version)?.subresources?.scale;
  if (!scale) return { spec: ['spec', 'replicas'], status: ['status', 'replicas'], selector: undefined };
  return {
    spec: jsonPath(scale.specReplicasPath),
    status: jsonPath(scale.statusReplicasPath),
    selector: scale.labelSelectorPath === undefined ? undefined : jsonPath(scale.labelSelectorPath),
  };
}

/** The selector of the scaled pods as text, as autoscalers use it. */
function selectorOf(resource: ServedResource, object: KubeJson, paths: ScalePaths): string {
  if (paths.selector) return textAt(object, ...paths.selector) ?? '';
  const selector = objectAt(object.spec, 'selector');
  if (!selector) return '';
  return selectorText(resource.group === '' ? { matchLabels: selector } : selector);
}

/** How many replicas an object wants and has, in the words that all kinds share. */
export function scaleOf(resource: ServedResource, object: KubeJson): KubeJson {
  const paths = pathsOf(resource);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorOf(resource, object, paths);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(object, ...paths.spec) ?? 0 },
    status: { replicas: numberAt(object, ...paths.status) ?? 0, ...(selector !== '' && { selector }) },
  };
}

const setAt = (value: Json | undefined, path: readonly string[], leaf: Json): JsonObject => {
  const [key = '', ...rest] = path;
  const object = isObject(value) ? value : {};
  return { ...object, [key]: rest.length === 0 ? leaf : setAt(object[key], rest, leaf) };
};

/** The object with the replicas of `scale`; throws 400, 422. */
export function withScale(resource: ServedResource, object: KubeJson, scale: JsonObject): KubeJson {
  const replicas = at(scale, 'spec', 'replicas') ?? 0;
  const { name } = object.metadata;
  const sent = textAt(scale, 'metadata', 'name');
  if (sent && sent !== name)
    throw badRequest(`the name of the object (${sent}) does not match the name on the URL (${name})`);
  if (typeof replicas !== 'number' || !Number.isInteger(replicas))
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  if (replicas < 0)
    throw invalid(SCALE, name, [
      {
        field: 'spec.replicas',
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
      },
    ]);
  const resourceVersion = textAt(scale, 'metadata', 'resourceVersion') ?? '';
  // A path inside the object was set; everything else is the stored object.
  const scaled = setAt(object as unknown as JsonObject, pathsOf(resource).spec, replicas) as unknown as KubeJson;
  return { ...scaled, metadata: { ...scaled.metadata, resourceVersion } };
}
