import type { KubeObject, KubernetesReader } from '../../clients/kubernetes/contract.ts';
import { isStewardError, messageOf } from '../../core/errors.ts';
import { eachLimited } from '../each-limited.ts';
import type { Parts } from '../parts.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { known, type Part, unknown, type WorldParts } from '../world.ts';
import type { LonghornCredential } from './schema.ts';

const SECRET = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  resource: 'secrets',
  shortNames: [],
  namespaced: true,
  verbs: ['get'],
};
const AT_ONCE = 4;

/**
 * When each Secret that a backup target names was changed. Only its times are looked at: what it holds goes no further
 * than this function. A Secret that may not be read is known as unread, so that the rest is judged all the same.
 */
export async function gatherCredentials(
  reader: KubernetesReader,
  { longhornBackupTargets: targets }: WorldParts,
  signal: AbortSignal,
): Promise<Part<Parts['longhornCredentials']>> {
  if (targets === undefined || targets.state === 'absent') return { state: 'absent' };
  if (targets.state === 'unknown') return unknown(targets.reason);
  const wanted = new Set(
    [...targets.value.values()].flatMap(({ metadata, spec }) =>
      spec.credentialSecret === '' ? [] : [`${metadata.namespace ?? ''}/${spec.credentialSecret}`],
    ),
  );
  const found = new Map<string, LonghornCredential>();
  await eachLimited(wanted, AT_ONCE, async (key) => {
    found.set(key, await lookUp(reader, key, signal));
  });
  return known(found);
}

async function lookUp(reader: KubernetesReader, key: string, signal: AbortSignal): Promise<LonghornCredential> {
  const [namespace = '', name = ''] = key.split('/');
  const metadata = {
    name,
    namespace,
    uid: '',
    resourceVersion: '',
    creationTimestamp: undefined,
    deletionTimestamp: undefined,
    labels: {},
    annotations: {},
    ownerReferences: [],
  };
  try {
    signal.throwIfAborted();
    const secret = await unlessAborted(reader.get({ kind: SECRET, namespace, name }, signal), signal);
    const changedAt = changeOf(secret);
    const { uid = '', resourceVersion = '' } = secret.metadata;
    return { metadata: { ...metadata, uid, resourceVersion }, ...(changedAt !== undefined && { changedAt }) };
  } catch (error) {
    if (isStewardError(error) && error.code === 'object_not_found') return { metadata };
    return { metadata, unread: signal.aborted ? 'it could not be read in time' : messageOf(error) };
  }
}

/** The newest time at which anybody wrote to its data; its labels may change as they like. */
function changeOf({ metadata }: KubeObject): string | undefined {
  const managers: readonly unknown[] = Array.isArray(metadata['managedFields']) ? metadata['managedFields'] : [];
  const times = [metadata['creationTimestamp'], ...managers.map(timeOf)];
  return times
    .filter((time) => typeof time === 'string')
    .sort()
    .at(-1);
}

function timeOf(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null || !('time' in entry) || !('fieldsV1' in entry)) return undefined;
  const { time, fieldsV1 } = entry;
  return typeof fieldsV1 === 'object' && fieldsV1 !== null && 'f:data' in fieldsV1 ? time : undefined;
}
