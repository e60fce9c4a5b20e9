import { expect, test } from 'vitest';
import { canonicalJson } from '../../../core/canonical.ts';
import type { JsonObject, KubeJson } from '../json.ts';
import { applyConfiguration, trackUpdate, type Writing } from './apply.ts';
import { decodeRequest } from './decode.ts';
import { applyDefaults } from './defaults.ts';
import { ApiFault } from './fault.ts';
import { isObject, objectAt, objectsAt, textAt } from './json.ts';
import { applyMergePatch } from './patch.ts';
import { type GroupVersionKind, shapeOf, untypedShape } from './schema.ts';
import { applyStrategicMerge } from './strategic.ts';
import { type CapturedWrite, capturedApplies } from './testdata/captured.ts';
import { validateObject } from './validate.ts';

const gvkOf = (path: string): GroupVersionKind => {
  if (path.includes('/deployments')) return { group: 'apps', version: 'v1', kind: 'Deployment' };
  return { group: '', version: 'v1', kind: path.includes('/services') ? 'Service' : 'ConfigMap' };
};

/** The time of the write as the real server stamped it, so that the order of entries is the same. */
const stamped = (write: CapturedWrite): Date => {
  const times = objectsAt(write.answer.object, 'metadata', 'managedFields').map((entry) => textAt(entry, 'time') ?? '');
  return new Date(times.sort().at(-1) ?? 0);
};

function writingOf(write: CapturedWrite): Writing & { force: boolean } {
  const url = new URL(write.path, 'http://lab');
  const gvk = gvkOf(write.path);
  return {
    gvk,
    shape: shapeOf(gvk) ?? untypedShape(),
    manager: url.searchParams.get('fieldManager') ?? '',
    ...(write.path.includes('/scale') && { subresource: 'scale' }),
    now: stamped(write),
    resetFields: [['status']],
    force: url.searchParams.get('force') === 'true',
  };
}

function settle(object: JsonObject | KubeJson, { gvk, shape }: Writing, live?: KubeJson): KubeJson {
  const settled = applyDefaults(gvk, decodeRequest(object, gvk, shape, 'Ignore').object);
  validateObject(gvk, settled, live);
  return settled;
}

const patched = (before: JsonObject, { type, body }: CapturedWrite, { shape }: Writing): JsonObject =>
  type === 'application/strategic-merge-patch+json'
    ? applyStrategicMerge(before, body, shape)
    : applyMergePatch(before, body);

/** What the lab makes of the same write. */
function replay(write: CapturedWrite): KubeJson {
  const writing = writingOf(write);
  if (write.type === 'application/apply-patch+yaml')
    return settle(applyConfiguration(write.live, write.body, writing), writing, write.live);
  const before = (write.live ?? {}) as unknown as JsonObject;
  const next = settle(write.method === 'POST' ? write.body : patched(before, write, writing), writing, write.live);
  return trackUpdate(write.live, next, writing);
}

/** Everything that is not the server's to give: identity, status, addresses. */
function comparable(object: KubeJson | undefined): unknown {
  const { status: _status, metadata, spec, ...rest } = structuredClone(object) ?? ({} as KubeJson);
  const { uid: _u, resourceVersion: _r, creationTimestamp: _c, generation: _g, namespace: _n, ...meta } = metadata;
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
    if (isObject(spec)) delete spec[field];
  const annotations = objectAt(meta, 'annotations');
  if (annotations) delete annotations['deployment.kubernetes.io/revision']; // the controller's, at any moment
  if (annotations) delete annotations['kubectl.kubernetes.io/last-applied-configuration'];
  const managers = objectsAt(meta, 'managedFields').filter((entry) => entry['manager'] !== 'kube-controller-manager');
  return { ...rest, metadata: { ...meta, managedFields: managers }, spec };
}

const sorted = (causes: readonly object[] | undefined): string[] =>
  (causes ?? []).map((cause) => canonicalJson(cause)).sort();

const steps = Object.entries(capturedApplies()).flatMap(([name, writes]) =>
  writes.map((write, index) => [name, index + 1, write] as const),
);

test.each(steps)('%s, step %d: as the real server', (_name, _step, write) => {
  if (write.answer.code >= 300) {
    try {
      replay(write);
      expect.unreachable('the real server refused this');
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error;
      expect(error.body.message).toBe(write.answer.message);
      expect(error.body.code).toBe(write.answer.code);
      // The real server goes through its managers in no order.
      expect(sorted(error.body.details?.causes)).toEqual(sorted(write.answer.causes));
    }
    return;
  }
  const mine = comparable(replay(write));
  expect(mine).toEqual(comparable(write.answer.object));
});
