import { notFound } from '../../core/errors.ts';
import type { KubeObject, KubernetesReader } from '../kubernetes/contract.ts';
import type { HelmReader, ReleaseRevision } from './contract.ts';
import { decodeListed, decodeRelease } from './storage.ts';

/** Reads releases through the Kubernetes client. */
export function createHelmReader(kubernetes: KubernetesReader): HelmReader {
  const secrets = async (
    namespace: string | undefined,
    selector: string,
    signal: AbortSignal,
  ): Promise<readonly KubeObject[]> => {
    const kind = await kubernetes.kind('v1/Secret', signal);
    const options = {
      labelSelector: `owner=helm${selector}`,
      ...(namespace !== undefined && { namespace }),
      limit: 100,
    };
    return kubernetes.listAll(kind, options, signal);
  };
  const revisions = async (namespace: string, name: string, signal: AbortSignal) =>
    (await secrets(namespace, `,name=${name}`, signal)).toSorted((a, b) => versionOf(b) - versionOf(a));

  return {
    async releases({ namespace }, signal) {
      // Nine in ten Secrets are history, and the newest one never is.
      const newest = newestOf(await secrets(namespace, ',status!=superseded', signal));
      return newest.map(decodeListed).toSorted(byName);
    },
    async history(namespace, name, signal) {
      const found = await revisions(namespace, name, signal);
      if (found.length === 0) throw missing(namespace, name);
      return found.map(decodeListed);
    },
    async release(namespace, name, revision, signal) {
      const found = await revisions(namespace, name, signal);
      const one = revision === 'latest' ? found[0] : found.find((secret) => versionOf(secret) === revision);
      if (!one) throw missing(namespace, name, revision);
      return decodeRelease(one);
    },
  };
}

const missing = (namespace: string, name: string, revision: number | 'latest' = 'latest') =>
  notFound(
    'release_not_found',
    `Unable to find ${revision === 'latest' ? '' : `revision ${revision} of `}the release ${namespace}/${name}.`,
    'List the releases to see what is there.',
  );

/** The labels tell which Secret is the newest of its release, so that old revisions are not unpacked. */
function newestOf(secrets: readonly KubeObject[]): KubeObject[] {
  const newest = new Map<string, KubeObject>();
  for (const secret of secrets) {
    const { namespace, labels = {} } = secret.metadata;
    const key = `${namespace}/${labels['name']}`;
    const kept = newest.get(key);
    if (kept === undefined || versionOf(secret) > versionOf(kept)) newest.set(key, secret);
  }
  return [...newest.values()];
}

const versionOf = ({ metadata }: KubeObject): number => Number(metadata.labels?.['version'] ?? 0);

const byName = (a: ReleaseRevision, b: ReleaseRevision): number =>
  `${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1;
