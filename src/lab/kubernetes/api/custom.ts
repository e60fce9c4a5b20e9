import type { JsonObject, KubeJson } from '../json.ts';
import type { DiscoveredGroup, DiscoveredResource, DiscoveredSubresource } from './recorded.ts';

/** The parts of a CustomResourceDefinition that decide what is served. Validated on the way in. */
export interface DefinitionSpec {
  readonly group: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly names: {
    readonly plural: string;
    readonly singular?: string;
    readonly kind: string;
    readonly listKind?: string;
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  };
  readonly versions: readonly DefinitionVersion[];
}

export interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: JsonObject };
  readonly subresources?: {
    readonly status?: object;
    readonly scale?: {
      readonly specReplicasPath: string;
      readonly statusReplicasPath: string;
      readonly labelSelectorPath?: string;
    };
  };
  readonly additionalPrinterColumns?: readonly JsonObject[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

/** The spec of a stored definition. */
// Nothing gets into the store that is not shaped so: create and update validate definitions.
export const definitionSpec = (definition: KubeJson): DefinitionSpec => definition.spec as DefinitionSpec;

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];

function subresourcesOf(spec: DefinitionSpec, version: DefinitionVersion): DiscoveredSubresource[] {
  const own = { group: spec.group, version: version.name, kind: spec.names.kind };
  const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  return [
    ...(version.subresources?.status ? [{ subresource: 'status', responseKind: own, verbs: SUBRESOURCE_VERBS }] : []),
    ...(version.subresources?.scale ? [{ subresource: 'scale', responseKind: scale, verbs: SUBRESOURCE_VERBS }] : []),
  ];
}

function discoveredResource(spec: DefinitionSpec, version: DefinitionVersion): DiscoveredResource {
  const { names } = spec;
  const subresources = subresourcesOf(spec, version);
  return {
    resource: names.plural,
    responseKind: { group: spec.group, version: version.name, kind: names.kind },
    scope: spec.scope,
    singularResource: names.singular ?? names.kind.toLowerCase(),
    verbs: VERBS,
    ...(names.shortNames && { shortNames: names.shortNames }),
    ...(names.categories && { categories: names.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

/** `v2` before `v1` before `v1beta2`, the order in which versions are preferred (KEP: version priority). */
export function compareVersions(a: string, b: string): number {
  const rank = (version: string): readonly number[] => {
    const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    if (major === undefined) return [0, 0, 0];
    return [stage === undefined ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor ?? 0)];
  };
  const [left, right] = [rank(a), rank(b)];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : (right[at] ?? 0) - (left[at] ?? 0);
}

/** Discovery of the custom resources: every served version of every definition, grouped. */
export function customGroups(definitions: readonly KubeJson[]): DiscoveredGroup[] {
  const groups = new Map<string, Map<string, DiscoveredResource[]>>();
  for (const spec of definitions.map(definitionSpec)) {
    const versions = groups.get(spec.group) ?? new Map<string, DiscoveredResource[]>();
    groups.set(spec.group, versions);
    for (const version of spec.versions.filter(({ served }) => served))
      versions.set(version.name, [...(versions.get(version.name) ?? []), discoveredResource(spec, version)]);
  }
  return [...groups].map(([name, versions]) => ({
    metadata: { name },
    versions: [...versions]
      .sort(([a], [b]) => compareVersions(a, b))
      .map(([version, resources]) => ({ version, resources, freshness: 'Current' })),
  }));
}
