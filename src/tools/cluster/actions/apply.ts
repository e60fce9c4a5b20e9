import * as z from 'zod';
import type { KubeKind, KubeObject, KubernetesReader, KubernetesWriter } from '../../../clients/kubernetes/contract.ts';
import type { Permit } from '../../../core/permit.ts';
import { targetLabel } from '../../../core/target.ts';
import type { Verdict } from '../../../core/tool.ts';
import { defineAction } from '../../define.ts';
import { applyWrite } from '../support/apply-write.ts';
import { findObject, refOf } from '../support/find.ts';
import { at, listAt, textAt } from '../support/json.ts';
import { checkNamespace } from '../support/kinds.ts';
import { leftOver } from '../support/left-over.ts';
import { parseManifest, targetOfManifest } from '../support/manifest.ts';
import { poll } from '../support/pause.ts';
import { draftOf, type PlannedWrite, planWrite } from '../support/plan-write.ts';
import { ROLLOUT_KINDS, verifyRollout, worst } from '../support/rollout.ts';

interface Document {
  readonly object: KubeObject;
  readonly kind: KubeKind;
  /** What comes with the same manifest, so that the server cannot judge the object where it will be. */
  readonly waitsFor: 'namespace' | 'definition' | undefined;
}

export default defineAction({
  name: 'cluster_apply',
  title: 'Apply a manifest',
  description: 'Create or change objects as a manifest says (server-side apply).',
  signature: '{manifest: YAML text of one or more whole objects, force?: take fields over from other managers}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: z.strictObject({ manifest: z.string().min(1).max(200_000), force: z.boolean().default(false) }),
  targets: ({ manifest }) => parseManifest(manifest).map(targetOfManifest),
  async plan({ manifest, force }, { clients: { kubernetes }, signal }) {
    const documents = await documentsOf(manifest, kubernetes, signal);
    const planned: PlannedWrite[] = [];
    for (const document of documents) planned.push(await planDocument(document, force, kubernetes, signal));
    return { ...draftOf(planned), undo: undoOf(planned) };
  },
  async run({ manifest, force }, ctx) {
    const {
      clients: { kubernetes },
      permit,
      signal,
    } = ctx;
    const documents = await documentsOf(manifest, kubernetes, signal);
    for (const [index, document] of documents.entries()) {
      signal.throwIfAborted();
      ctx.progress(`${index + 1} of ${documents.length}: ${targetLabel(targetOfManifest(document.object))}`);
      await applyDocument(document, force, kubernetes, permit, signal);
    }
    return { applied: documents.length };
  },
  async verify({ manifest, force }, _result, ctx) {
    const {
      clients: { kubernetes },
      signal,
    } = ctx;
    const verdicts: Verdict[] = [];
    for (const document of await documentsOf(manifest, kubernetes, signal))
      verdicts.push(await verifyDocument(document, force, kubernetes, ctx));
    return worst(verdicts);
  },
});

async function documentsOf(
  manifest: string,
  kubernetes: KubernetesReader,
  signal: AbortSignal,
): Promise<readonly Document[]> {
  const objects = parseManifest(manifest);
  const documents: Document[] = [];
  for (const object of objects) {
    const own = definedKind(object, objects);
    const kind = own ?? (await kubernetes.kind(longName(object), signal));
    checkNamespace(kind, targetOfManifest(object));
    const { namespace } = object.metadata;
    const newHome = objects.some((one) => one.kind === 'Namespace' && one.metadata.name === namespace);
    documents.push({ object, kind, waitsFor: own ? 'definition' : newHome ? 'namespace' : undefined });
  }
  return documents;
}

/** `apps/v1/Deployment`: exactly the version the manifest names, so that a removed one is an unknown kind. */
const longName = ({ apiVersion, kind }: KubeObject): string => `${apiVersion}/${kind}`;

/** The kind of a custom resource whose definition stands in the same manifest. */
function definedKind({ apiVersion, kind }: KubeObject, objects: readonly KubeObject[]): KubeKind | undefined {
  const [group = '', version = ''] = apiVersion.split('/');
  const definition = objects.find(
    (one) =>
      one.kind === 'CustomResourceDefinition' &&
      at(one, 'spec', 'group') === group &&
      at(one, 'spec', 'names', 'kind') === kind,
  );
  const resource = textAt(definition, 'spec', 'names', 'plural');
  if (resource === undefined) return undefined;
  return {
    group,
    version,
    kind,
    resource,
    shortNames: [],
    namespaced: at(definition, 'spec', 'scope') === 'Namespaced',
    verbs: [],
  };
}

async function planDocument(
  document: Document,
  force: boolean,
  kubernetes: KubernetesReader,
  signal: AbortSignal,
): Promise<PlannedWrite> {
  const { object, kind, waitsFor } = document;
  const before = await findObject(kubernetes, refOf(kind, targetOfManifest(object)), signal);
  if (waitsFor === 'definition' && before === undefined) return untried(document, 'its kind comes with this plan');
  const write = await applyWrite(kubernetes, { kind, object, force }, before, signal);
  const planned = await planWrite(kubernetes, write, before, signal);
  const isHomeless = waitsFor === 'namespace' && before === undefined && planned.refusal?.code === 'other';
  return isHomeless ? rehearse(document, force, kubernetes, signal) : planned;
}

const REHEARSAL = 'default';

/** An object whose namespace does not exist yet is tried in another one: fields and values are judged there all the same. */
async function rehearse(
  document: Document,
  force: boolean,
  kubernetes: KubernetesReader,
  signal: AbortSignal,
): Promise<PlannedWrite> {
  const { object, kind } = document;
  const moved = { ...object, metadata: { ...object.metadata, namespace: REHEARSAL } };
  const twin = await findObject(kubernetes, refOf(kind, targetOfManifest(moved)), signal);
  if (twin !== undefined) return untried(document, 'its namespace comes with this plan');
  const planned = await planWrite(kubernetes, { verb: 'apply', kind, object: moved, force }, undefined, signal);
  const refusal = planned.refusal && { ...planned.refusal, target: targetOfManifest(object) };
  const { namespace } = object.metadata;
  const { after } = planned;
  const home = after && { ...after, metadata: { ...after.metadata, ...(namespace !== undefined && { namespace }) } };
  const warnings = planned.warnings.concat(
    `${labelOf(object)} was tried in namespace ${REHEARSAL}: its own comes with this plan.`,
  );
  return { kind, before: undefined, after: home, object, warnings, refusal };
}

const untried = ({ object, kind }: Document, why: string): PlannedWrite => ({
  kind,
  before: undefined,
  after: object,
  object,
  warnings: [`${labelOf(object)} could not be tried: ${why}.`],
  refusal: undefined,
});

const labelOf = (object: KubeObject): string => targetLabel(targetOfManifest(object));

function undoOf(planned: readonly PlannedWrite[]): string | null {
  const made = planned
    .filter(({ before }) => before === undefined)
    .map(({ kind, object }) => `${kind.kind} ${object.metadata.name}`);
  const changed = planned
    .filter(({ before }) => before !== undefined)
    .map(({ kind, object }) => `${kind.kind} ${object.metadata.name}`);
  const steps = [
    ...(changed.length === 0 ? [] : [`cluster_apply with the lines marked "-" put back (${changed.join(', ')})`]),
    ...(made.length === 0 ? [] : [`cluster_delete of ${made.join(', ')}`]),
  ];
  return steps.length === 0 ? null : `${steps.join('; ')}.`;
}

async function applyDocument(
  document: Document,
  force: boolean,
  kubernetes: KubernetesWriter,
  permit: Permit,
  signal: AbortSignal,
): Promise<void> {
  const { kind, object } = document;
  const before = await findObject(kubernetes, refOf(kind, targetOfManifest(object)), signal);
  await kubernetes.write(await applyWrite(kubernetes, { kind, object, force }, before, signal), permit, signal);
  if (object.kind !== 'CustomResourceDefinition') return;
  // Objects of a new kind are refused until the API server serves it.
  const ref = refOf(kind, targetOfManifest(object));
  const isServed = async (): Promise<true | undefined> => {
    const conditions = listAt(await kubernetes.get(ref, signal), 'status', 'conditions');
    return conditions.some((one) => one['type'] === 'Established' && one['status'] === 'True') || undefined;
  };
  await poll(isServed, { forMs: 10_000, everyMs: 250, signal });
}

/** Applying it once more would change nothing: then the cluster holds what the manifest says. */
async function verifyDocument(
  document: Document,
  force: boolean,
  kubernetes: KubernetesReader,
  ctx: { readonly signal: AbortSignal; progress(message: string): void },
): Promise<Verdict> {
  const target = targetOfManifest(document.object);
  const label = targetLabel(target);
  const ref = refOf(document.kind, target);
  const again = (live: KubeObject) => applyWrite(kubernetes, { ...document, force }, live, ctx.signal);
  const left = await leftOver(kubernetes, ref, again, ctx.signal);
  if (left === undefined) return { ok: 'no', evidence: [`${label} is not there`] };
  if (left.refusal !== undefined) return { ok: 'no', evidence: [`${label} is not as asked: ${left.refusal.code}`] };
  if (left.diff !== '') return { ok: 'no', evidence: [`${label} differs from the manifest`] };
  if (!ROLLOUT_KINDS.includes(document.kind.kind)) return { ok: 'yes', evidence: [`${label} is as the manifest says`] };
  return verifyRollout(kubernetes, ref, ctx);
}
