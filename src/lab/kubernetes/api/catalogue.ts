import type { KubeJson } from '../json.ts';
import { type Resource, resourceKey } from '../resource.ts';
import type { ObjectStore } from '../store.ts';
import { customGroups } from './custom.ts';
import { type DiscoveredGroup, type DiscoveredResource, recordedDiscovery } from './recorded.ts';

export const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/** One served version of a resource, as the catalogue knows it. */
export interface ServedResource extends Resource {
  /** Key of its objects in the store: one for all versions, and one for both groups of events. */
  readonly storageKey: string;
  /** The definition behind a custom resource. */
  readonly definition?: KubeJson;
}

/** Everything that is served now; custom resources come and go with their definitions. */
export interface Catalogue {
  core(): readonly DiscoveredGroup[];
  groups(): readonly DiscoveredGroup[];
  /** By URL: group, version and plural. */
  find(group: string, version: string, plural: string): ServedResource | undefined;
  /** By `resourceKey`, in the version that is stored. */
  byKey(key: string): ServedResource | undefined;
  all(): readonly ServedResource[];
}

/** Objects of `events.k8s.io` are the objects of `events` in other words. */
const SHARED_STORAGE: Readonly<Record<string, string>> = { 'events.events.k8s.io': 'events' };

function servedResource(group: string, version: string, entry: DiscoveredResource): ServedResource {
  const resource = {
    group,
    version,
    kind: entry.responseKind.kind,
    plural: entry.resource,
    singular: entry.singularResource,
    shortNames: entry.shortNames ?? [],
    categories: entry.categories ?? [],
    namespaced: entry.scope === 'Namespaced',
    verbs: entry.verbs,
    subresources: (entry.subresources ?? []).map(({ subresource }) => subresource),
  };
  const key = resourceKey(resource);
  return { ...resource, storageKey: SHARED_STORAGE[key] ?? key };
}

const servedOf = (groups: readonly DiscoveredGroup[]): ServedResource[] =>
  groups.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map((entry) => servedResource(metadata.name ?? '', version, entry)),
    ),
  );

const pathOf = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;

interface Snapshot {
  readonly groups: readonly DiscoveredGroup[];
  readonly byPath: ReadonlyMap<string, ServedResource>;
  readonly byKey: ReadonlyMap<string, ServedResource>;
}

/** The recorded resources plus those that the definitions in `store` add; follows every change of a definition. */
export function createCatalogue(store: ObjectStore): Catalogue {
  const recorded = recordedDiscovery();
  const builtIn = servedOf([...recorded.core, ...recorded.named]);
  let snapshot: Snapshot | undefined;
  store.listen(({ resource }) => {
    if (resource === CRDS) snapshot = undefined;
  });

  const build = (): Snapshot => {
    const definitions = store.list(CRDS);
    const custom = customGroups(definitions);
    const named = new Map(definitions.map((definition) => [definition.metadata.name, definition]));
    const customResources = servedOf(custom).map((resource) => {
      const definition = named.get(resourceKey(resource));
      return definition ? { ...resource, definition } : resource;
    });
    const all = [...builtIn, ...customResources];
    const byKey = new Map<string, ServedResource>();
    for (const resource of all) if (!byKey.has(resourceKey(resource))) byKey.set(resourceKey(resource), resource);
    return {
      groups: [...recorded.named, ...custom],
      byPath: new Map(all.map((entry) => [pathOf(entry.group, entry.version, entry.plural), entry])),
      byKey,
    };
  };
  const now = (): Snapshot => (snapshot ??= build());

  return {
    core: () => recorded.core,
    groups: () => now().groups,
    find: (group, version, plural) => now().byPath.get(pathOf(group, version, plural)),
    byKey: (key) => now().byKey.get(key),
    all: () => [...now().byPath.values()],
  };
}
