import * as z from 'zod';
import { inputError, StewardError } from '../../core/errors.ts';
import { nearest } from '../../core/near.ts';
import type { KubeKind } from './contract.ts';
import type { HttpReply, HttpRequest } from './exchange.ts';

type Fetch = (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>;

const Aggregated = z.looseObject({
  kind: z.literal('APIGroupDiscoveryList'),
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string().default('') }).default({ name: '' }),
      versions: z.array(
        z.looseObject({
          version: z.string(),
          resources: z
            .array(
              z.looseObject({
                resource: z.string(),
                responseKind: z.looseObject({ kind: z.string() }),
                scope: z.string(),
                shortNames: z.array(z.string()).default([]),
                verbs: z.array(z.string()).default([]),
              }),
            )
            .default([]),
        }),
      ),
    }),
  ),
});

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Every kind of every group in the version its server prefers (aggregated discovery v2, Kubernetes >= 1.26). */
export async function discover(fetch: Fetch, signal: AbortSignal): Promise<readonly KubeKind[]> {
  const replies = await Promise.all(
    ['/api', '/apis'].map((path) => fetch({ method: 'GET', path, accept: ACCEPT }, signal)),
  );
  return replies.flatMap(({ text }) => kindsOf(text));
}

function kindsOf(text: string): KubeKind[] {
  const parsed = Aggregated.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new StewardError('Unable to list the kinds of the cluster: it does not serve aggregated discovery.', {
      kind: 'target',
      code: 'kubernetes_too_old',
      hint: 'Kubernetes 1.26 or newer is needed.',
      cause: parsed.error,
    });
  return parsed.data.items.flatMap(({ metadata, versions }) => {
    const seen = new Set<string>();
    return versions.flatMap(({ version, resources }) =>
      resources
        .filter(({ resource }) => !seen.has(resource) && seen.add(resource))
        .map(({ resource, responseKind, scope, shortNames, verbs }) => ({
          group: metadata.name,
          version,
          kind: responseKind.kind,
          resource,
          shortNames,
          namespaced: scope === 'Namespaced',
          verbs,
        })),
    );
  });
}

/** The kind that `name` means: `Deployment`, `deploy`, `deployments`, `deployments.apps`, `apps/v1/Deployment`, `Deployment.apps`. */
export function findKind(kinds: readonly KubeKind[], name: string): KubeKind | undefined {
  const wanted = name.toLowerCase();
  const exact = wanted.split('/');
  if (exact.length > 1) {
    const [kind, version, group = ''] = exact.toReversed();
    return kinds.find((one) => one.kind.toLowerCase() === kind && one.version === version && one.group === group);
  }
  const [bare = '', ...group] = wanted.split('.');
  const inGroup = group.join('.');
  const candidates = kinds.filter(
    (one) =>
      [one.kind.toLowerCase(), one.resource, ...one.shortNames, singular(one)].includes(bare) &&
      (inGroup === '' || one.group === inGroup),
  );
  // A core or apps kind wins over a CRD of the same name, as kubectl has it.
  return candidates.toSorted((a, b) => rank(a) - rank(b))[0];
}

const singular = ({ kind }: KubeKind): string => kind.toLowerCase();
const BUILT_IN = ['', 'apps', 'batch', 'networking.k8s.io', 'policy', 'storage.k8s.io'];
const rank = ({ group }: KubeKind): number => (BUILT_IN.includes(group) ? BUILT_IN.indexOf(group) : BUILT_IN.length);

export function unknownKind(kinds: readonly KubeKind[], name: string): StewardError {
  const near = nearest(
    name,
    kinds.flatMap(({ kind, resource }) => [kind, resource]),
  );
  return inputError(
    'unknown_kind',
    `Unable to find the kind "${name}": the cluster does not serve it.`,
    near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Use a kind such as Pod, Deployment or Service.',
  );
}
