/**
 * Records what the lab serves as discovery and OpenAPI v3 from a real control plane:
 *   node scripts/record-openapi.ts KUBECONFIG
 * Writes src/lab/kubernetes/openapi/<group.version>.json.gz (schemas with their x-kubernetes-* extensions and the paths,
 * without descriptions) and discovery.json.gz (the aggregated list, cut to what the lab serves).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { KubeConfig } from '@kubernetes/client-node';
import { groupVersionPath, NOT_SERVED, openApiSlug, SERVED } from '../src/lab/kubernetes/api/served.ts';

type Doc = Record<string, unknown>;
const target = join(import.meta.dirname, '../src/lab/kubernetes/openapi');
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

async function fetchJson(config: KubeConfig, path: string, accept = 'application/json'): Promise<Doc> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  // The library gives headers as an object.
  const headers = Object.assign({}, options.headers, { accept });
  const url = new URL(path, config.getCurrentCluster()?.server);
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, headers, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`GET ${path}: ${response.statusCode} ${text.slice(0, 200)}`));
      });
    });
    call.on('error', reject).end();
  });
}

const isDoc = (value: unknown): value is Doc => typeof value === 'object' && value !== null && !Array.isArray(value);
const docAt = (value: unknown, key: string): Doc => {
  const found = isDoc(value) ? value[key] : undefined;
  return isDoc(found) ? found : {};
};

/** Drops descriptions; a property that is called `description` is an object and stays. */
function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (!isDoc(value)) return value;
  const kept = Object.entries(value).filter(([key, inner]) => key !== 'description' || typeof inner !== 'string');
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutDescriptions(inner)]));
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const KEPT_OF_OPERATION = ['operationId', 'parameters', 'x-kubernetes-action', 'x-kubernetes-group-version-kind'];

/** Media types other than JSON and the error responses say nothing that a client of the lab reads. */
function leanOperation(operation: Doc): Doc {
  const kept = Object.fromEntries(Object.entries(operation).filter(([key]) => KEPT_OF_OPERATION.includes(key)));
  const json = docAt(docAt(docAt(operation.responses, '200'), 'content'), 'application/json');
  return { ...kept, responses: { 200: { description: 'OK', content: { 'application/json': json } } } };
}

function servedPath(groupVersion: string, path: string): boolean {
  const rest = path.slice(groupVersionPath(groupVersion).length + 2);
  const [resource = '', , subresource] = rest.replace('namespaces/{namespace}/', '').split('/');
  if (!SERVED[groupVersion]?.includes(resource)) return false;
  return subresource === undefined || !NOT_SERVED.has(`${resource}/${subresource}`);
}

function leanPaths(groupVersion: string, paths: Doc): Doc {
  const lean: Doc = {};
  for (const [path, item] of Object.entries(paths)) {
    if (!isDoc(item) || !servedPath(groupVersion, path)) continue;
    const entries = Object.entries(item).map(([key, inner]) =>
      METHODS.includes(key) && isDoc(inner) ? [key, leanOperation(inner)] : [key, inner],
    );
    lean[path] = Object.fromEntries(entries);
  }
  return lean;
}

function write(name: string, value: unknown): void {
  const packed = gzipSync(JSON.stringify(value), { level: 9 });
  writeFileSync(join(target, `${name}.json.gz`), packed);
  console.log(`${name}\t${packed.length}`);
}

async function recordGroup(config: KubeConfig, groupVersion: string): Promise<void> {
  const doc = await fetchJson(config, `/openapi/v3/${groupVersionPath(groupVersion)}`);
  const { schemas } = docAt(doc, 'components');
  const lean = {
    openapi: doc.openapi,
    info: doc.info,
    paths: leanPaths(groupVersion, docAt(withoutDescriptions(doc), 'paths')),
    components: { schemas: withoutDescriptions(schemas) },
  };
  write(openApiSlug(groupVersion), lean);
}

interface GroupDiscovery {
  metadata: { name?: string };
  versions: { version: string; resources: { resource: string; subresources?: { subresource: string }[] }[] }[];
}

function servedGroup(group: GroupDiscovery): GroupDiscovery | undefined {
  const name = group.metadata.name ?? '';
  const versions = group.versions.flatMap((version) => {
    const served = SERVED[name === '' ? version.version : `${name}/${version.version}`];
    if (!served) return [];
    const resources = version.resources
      .filter(({ resource }) => served.includes(resource))
      .map((entry) => {
        const kept = entry.subresources?.filter((sub) => !NOT_SERVED.has(`${entry.resource}/${sub.subresource}`));
        const { subresources: _, ...facts } = entry;
        return kept && kept.length > 0 ? { ...facts, subresources: kept } : facts;
      });
    return [{ ...version, resources }];
  });
  return versions.length > 0 ? { ...group, versions } : undefined;
}

async function recordDiscovery(config: KubeConfig): Promise<void> {
  const lists = await Promise.all(['/api', '/apis'].map((path) => fetchJson(config, path, AGGREGATED)));
  // The shape is fixed by the media type asked for.
  const [core, named] = lists.map((list) => (list.items as GroupDiscovery[]).flatMap((g) => servedGroup(g) ?? []));
  const { gitVersion } = await fetchJson(config, '/version');
  write('discovery', { core, named, recordedFrom: gitVersion });
}

const [kubeconfig] = process.argv.slice(2);
if (kubeconfig === undefined) throw new Error('usage: node scripts/record-openapi.ts KUBECONFIG');
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
mkdirSync(target, { recursive: true });
await recordDiscovery(config);
for (const groupVersion of Object.keys(SERVED)) await recordGroup(config, groupVersion);
