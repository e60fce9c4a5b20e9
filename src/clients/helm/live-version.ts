import { hashOf } from '../../core/canonical.ts';
import { isStewardError, messageOf } from '../../core/errors.ts';
import type { VersionOf } from '../../core/version.ts';
import type { KubeObject, KubernetesReader } from '../kubernetes/contract.ts';
import type { HelmReader } from './contract.ts';

/** The kind of a target that stands for what a release's objects hold right now. */
export const CONTENT_KIND = 'HelmReleaseContent';
const AT_ONCE = 6;

/**
 * Reads back what a plan of a release was made on: a hash over the live objects of its newest manifest, without status and
 * whatever moves by itself. A foreign edit, a deletion or a new revision changes it; a restarting pod does not.
 */
export const helmVersionOf =
  (kubernetes: KubernetesReader, helm: HelmReader): VersionOf =>
  async ({ kind, namespace = '', name }, signal) => {
    if (kind !== CONTENT_KIND) return { state: 'unknown', reason: `${kind} has no version` };
    try {
      const { objects, secret } = await helm.release(namespace, name, 'latest', signal);
      return { state: 'there', uid: secret.uid, version: await contentHash(kubernetes, namespace, objects, signal) };
    } catch (error) {
      if (isStewardError(error) && error.code === 'release_not_found') return { state: 'absent' };
      return { state: 'unknown', reason: messageOf(error) };
    }
  };

/** Of the live objects with these names; one that is not there counts as such. */
export async function contentHash(
  kubernetes: KubernetesReader,
  namespace: string,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<string> {
  const contents: unknown[] = [];
  for (let at = 0; at < objects.length; at += AT_ONCE)
    contents.push(
      ...(await Promise.all(
        objects
          .slice(at, at + AT_ONCE)
          .map(async (object) => contentOf(await live(kubernetes, namespace, object, signal))),
      )),
    );
  return hashOf(contents);
}

async function live(
  kubernetes: KubernetesReader,
  namespace: string,
  { apiVersion, kind: name, metadata }: KubeObject,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    const kind = await kubernetes.kind(`${apiVersion}/${name}`, signal);
    const where = kind.namespaced ? { namespace: metadata.namespace ?? namespace } : {};
    return await kubernetes.get({ kind, ...where, name: metadata.name }, signal);
  } catch (error) {
    if (isStewardError(error) && ['object_not_found', 'unknown_kind'].includes(error.code)) return undefined;
    throw error;
  }
}

const SELF_MOVING = ['deployment.kubernetes.io/revision'];

function contentOf(object: KubeObject | undefined): unknown {
  if (object === undefined) return null;
  const { status: _status, metadata, ...rest } = object;
  const {
    resourceVersion: _version,
    managedFields: _managed,
    generation: _generation,
    annotations,
    ...kept
  } = metadata;
  const said = Object.entries(annotations ?? {}).filter(([name]) => !SELF_MOVING.includes(name));
  return { ...rest, metadata: { ...kept, annotations: Object.fromEntries(said) } };
}
