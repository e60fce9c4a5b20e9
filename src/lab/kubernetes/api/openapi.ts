import { createHash } from 'node:crypto';
import type { Catalogue } from './catalogue.ts';
import { type DefinitionVersion, definitionSpec } from './custom.ts';
import { recordedText } from './recorded.ts';
import { groupVersionPath, openApiSlug, SERVED } from './served.ts';

/** OpenAPI v3 of the lab: recorded documents for built-in kinds, made ones for custom resources. */
export interface OpenApi {
  index(): object;
  /** The document of `api/v1` or `apis/apps/v1` as JSON text; undefined when it is not served. */
  document(path: string): string | undefined;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').toUpperCase();

const PATCH_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
}));

function customSchema(group: string, kind: string, { name, schema }: DefinitionVersion): object {
  return {
    ...schema?.openAPIV3Schema,
    'x-kubernetes-group-version-kind': [{ group, version: name, kind }],
  };
}

function customDocument(catalogue: Catalogue, group: string, version: string): string | undefined {
  const found = catalogue
    .all()
    .filter((entry) => entry.definition && entry.group === group && entry.version === version);
  if (found.length === 0) return undefined;
  const schemas: Record<string, object> = {};
  const paths: Record<string, object> = {};
  for (const { definition, kind, plural, namespaced } of found) {
    const own = definition && definitionSpec(definition).versions.find(({ name }) => name === version);
    if (!own) continue;
    schemas[`${group.split('.').reverse().join('.')}.${version}.${kind}`] = customSchema(group, kind, own);
    const about = { 'x-kubernetes-group-version-kind': { group, version, kind }, parameters: PATCH_PARAMETERS };
    const path = `/apis/${group}/${version}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}/{name}`;
    const responses = { 200: { description: 'OK' } };
    paths[path] = {
      get: { ...about, 'x-kubernetes-action': 'get', responses },
      patch: { ...about, 'x-kubernetes-action': 'patch', responses },
    };
  }
  const info = { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' };
  return JSON.stringify({ openapi: '3.0.0', info, paths, components: { schemas } });
}

/** Reads a recorded document when it is first asked for and keeps it. */
export function createOpenApi(catalogue: Catalogue): OpenApi {
  const recorded = new Map(Object.keys(SERVED).map((version) => [groupVersionPath(version), openApiSlug(version)]));
  const texts = new Map<string, string>();

  const document = (path: string): string | undefined => {
    const slug = recorded.get(path);
    if (slug === undefined) {
      const [, group = '', version = ''] = path.split('/');
      return customDocument(catalogue, group, version);
    }
    const known = texts.get(slug) ?? recordedText(slug);
    texts.set(slug, known);
    return known;
  };
  const customPaths = (): string[] => [
    ...new Set(
      catalogue.all().flatMap(({ definition, group, version }) => (definition ? [`apis/${group}/${version}`] : [])),
    ),
  ];
  return {
    document,
    index() {
      const entries = [
        // Recorded documents change only with the lab itself, so their name is hash enough.
        ...[...recorded].map(([path, slug]) => [path, hashOf(slug)] as const),
        ...customPaths().map((path) => [path, hashOf(document(path) ?? '')] as const),
      ];
      const paths = entries.map(([path, hash]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]);
      return { paths: Object.fromEntries(paths) };
    },
  };
}
