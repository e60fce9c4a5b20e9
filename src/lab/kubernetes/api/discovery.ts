import type { Catalogue } from './catalogue.ts';
import type { DiscoveredGroup, DiscoveredResource } from './recorded.ts';

export const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What the lab says it is: the control plane its data was recorded from. */
export const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3+lab',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
};

/** `/api` and `/apis` for a client that takes the aggregated form. */
export const aggregated = (groups: readonly DiscoveredGroup[]): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: groups,
});

/** `/api` for a client that does not. */
export const apiVersions = (address: string): object => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
});

function apiGroup({ metadata, versions }: DiscoveredGroup): object {
  const entries = versions.map(({ version }) => ({ groupVersion: `${metadata.name}/${version}`, version }));
  return { name: metadata.name, versions: entries, preferredVersion: entries[0] };
}

export const apiGroupList = (groups: readonly DiscoveredGroup[]): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groups.map(apiGroup),
});

function apiResources(entry: DiscoveredResource, group: string): object[] {
  const namespaced = entry.scope === 'Namespaced';
  const own = {
    name: entry.resource,
    singularName: entry.singularResource,
    namespaced,
    kind: entry.responseKind.kind,
    verbs: entry.verbs,
    ...(entry.shortNames && { shortNames: entry.shortNames }),
    ...(entry.categories && { categories: entry.categories }),
  };
  const subresources = (entry.subresources ?? []).map(({ subresource, responseKind, verbs }) => ({
    name: `${entry.resource}/${subresource}`,
    singularName: '',
    namespaced,
    ...(responseKind.group !== '' &&
      responseKind.group !== group && { group: responseKind.group, version: responseKind.version }),
    kind: responseKind.kind,
    verbs,
  }));
  return [own, ...subresources];
}

/** `/api/v1`, `/apis/apps/v1`; undefined when that group version is not served. */
export function apiResourceList(catalogue: Catalogue, group: string, version: string): object | undefined {
  const groups = group === '' ? catalogue.core() : catalogue.groups();
  const found = groups.find(({ metadata }) => (metadata.name ?? '') === group);
  const served = found?.versions.find((entry) => entry.version === version);
  if (!served) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: served.resources.flatMap((entry) => apiResources(entry, group)),
  };
}

/** `/apis/apps`; undefined when that group is not served. */
export function apiGroupDocument(catalogue: Catalogue, name: string): object | undefined {
  const group = catalogue.groups().find(({ metadata }) => metadata.name === name);
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) };
}
