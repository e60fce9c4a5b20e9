import type { KubeKind, KubeObject, KubernetesReader, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import { FIELD_MANAGER } from '../../../clients/kubernetes/requests.ts';
import { canonicalJson } from '../../../core/canonical.ts';
import { at, listAt, textAt } from './json.ts';

export type ApplyWrite = KubeWrite & { readonly verb: 'apply' };

/**
 * The server-side apply of an object. A field that we set earlier by a patch belongs to the same manager under another
 * operation, and the server calls that a conflict: such fields are taken over, those of anybody else only when asked.
 */
export async function applyWrite(
  kubernetes: KubernetesReader,
  { kind, object, force }: { readonly kind: KubeKind; readonly object: KubeObject; readonly force: boolean },
  before: KubeObject | undefined,
  signal: AbortSignal,
): Promise<ApplyWrite> {
  const plain: ApplyWrite = { verb: 'apply', kind, object, force };
  if (force || before === undefined) return plain;
  const { refusal } = await kubernetes.dryRun(plain, signal);
  if (refusal?.code !== 'conflict' || refusal.manager !== FIELD_MANAGER) return plain;
  const forced: ApplyWrite = { ...plain, force: true };
  const { object: after } = await kubernetes.dryRun(forced, signal);
  return after !== undefined && othersKeepTheirFields(before, after) ? forced : plain;
}

function othersKeepTheirFields(before: KubeObject, after: KubeObject): boolean {
  const kept = ownership(after);
  return [...ownership(before)].every(
    ([key, fields]) => key.startsWith(`${FIELD_MANAGER}\t`) || kept.get(key) === fields,
  );
}

const ownership = (object: KubeObject): ReadonlyMap<string, string> =>
  new Map(
    listAt(object, 'metadata', 'managedFields').map((entry) => [
      [textAt(entry, 'manager'), textAt(entry, 'operation'), textAt(entry, 'subresource')].join('\t'),
      canonicalJson(at(entry, 'fieldsV1')),
    ]),
  );
