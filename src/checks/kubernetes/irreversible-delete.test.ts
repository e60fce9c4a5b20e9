import { expect, test } from 'vitest';
import type { Touch } from '../../core/change.ts';
import { deployment, meta, planned, run, type Things, template, worldOf } from '../testing.ts';
import check from './irreversible-delete.ts';

const PARTS = {
  PersistentVolumeClaim: 'persistentVolumeClaims',
  Namespace: 'namespaces',
  StatefulSet: 'statefulSets',
  PersistentVolume: 'persistentVolumes',
} as const;
const removing = (kind: string, id: string, things: Things, unread: readonly 'pods'[] = []) => {
  const [namespace, name] = id.includes('/') ? id.split('/') : [undefined, id];
  const target = {
    system: 'kubernetes',
    kind,
    name: name ?? id,
    ...(namespace === undefined ? {} : { namespace }),
  } as const;
  const part = PARTS[kind as keyof typeof PARTS];
  const effects = part === undefined ? [] : [{ op: 'remove', part, id } as const];
  return run(check, planned(worldOf(things, unread), { effects, touches: [{ target, verb: 'delete' }] }));
};
const claim = { metadata: meta('apps/data'), spec: { volumeName: 'pv1' }, status: { phase: 'Bound' } };
const volume = (persistentVolumeReclaimPolicy: string) => ({
  metadata: meta('pv1'),
  spec: { persistentVolumeReclaimPolicy },
});
const set = (spec: object) => ({
  metadata: meta('apps/db'),
  spec: { selector: {}, template: template({}, 'db:1'), ...spec },
});
const templates = { volumeClaimTemplates: [{ metadata: { name: 'data' } }] };

test('a claim, and what its reclaim policy makes of the data', () => {
  const lost = removing('PersistentVolumeClaim', 'apps/data', {
    persistentVolumeClaims: [claim],
    persistentVolumes: [volume('Delete')],
  });
  expect(lost.findings).toMatchObject([
    {
      severity: 'critical',
      fingerprint: 'K14:PersistentVolumeClaim:apps/data',
      message: expect.stringContaining('the data on it are deleted'),
    },
  ]);
  const kept = removing('PersistentVolumeClaim', 'apps/data', {
    persistentVolumeClaims: [claim],
    persistentVolumes: [volume('Retain')],
  });
  expect(kept.findings[0]?.message).toContain('stays behind');
});

test('a StatefulSet with claims, worse when it takes them along', () => {
  expect(removing('StatefulSet', 'apps/db', { statefulSets: [set(templates)] }).findings).toMatchObject([
    { severity: 'high' },
  ]);
  const taking = { ...templates, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } };
  expect(removing('StatefulSet', 'apps/db', { statefulSets: [set(taking)] }).findings).toMatchObject([
    { severity: 'critical' },
  ]);
});

test('a namespace with what is in it, a volume, and a definition', () => {
  const { findings } = removing('Namespace', 'apps', {
    namespaces: [{ metadata: meta('apps') }],
    persistentVolumeClaims: [claim],
    deployments: [deployment('apps/web', template({}, 'x'))],
  });
  expect(findings[0]?.evidence).toEqual(['1 persistentVolumeClaim', '1 deployment']);
  expect(removing('PersistentVolume', 'pv1', {}).status).toBe('fail');
  expect(removing('CustomResourceDefinition', 'volumes.longhorn.io', {}).status).toBe('fail');
});

test('an empty test namespace passes, as long as its emptiness can be seen', () => {
  const things = { namespaces: [{ metadata: meta('test') }], deployments: [deployment('apps/web', template({}, 'x'))] };
  expect(removing('Namespace', 'test', things).status).toBe('pass');
  expect(removing('Namespace', 'test', things, ['pods']).status).toBe('fail');
});

test('objects that hold no data pass', () => {
  expect(removing('StatefulSet', 'apps/db', { statefulSets: [set({})] }).status).toBe('pass');
  expect(removing('ConfigMap', 'apps/settings', {}).status).toBe('pass');
});

test('does not apply without a change, and is unknown when it cannot be seen', () => {
  expect(run(check, worldOf({})).status).toBe('not_applicable');
  expect(run(check, worldOf({}, ['change', 'replaced'])).status).toBe('unknown');
});

test('a change of a claim is no deletion', () => {
  const target = { system: 'kubernetes', kind: 'PersistentVolumeClaim', namespace: 'apps', name: 'data' } as const;
  expect(run(check, planned(worldOf({}), { touches: [{ target, verb: 'patch' }] })).status).toBe('pass');
});

test('a release that is uninstalled with its claims, unless the claims are kept', () => {
  const release = {
    target: { system: 'helm', kind: 'HelmRelease', namespace: 'apps', name: 'db' },
    verb: 'delete',
  } as const;
  const own = (kind: string, name: string) =>
    ({ target: { system: 'kubernetes', kind, namespace: 'apps', name }, verb: 'delete' }) as const;
  const uninstall = (touches: readonly Touch[]) =>
    run(check, planned(worldOf({ persistentVolumeClaims: [claim] }), { action: 'helm_uninstall', touches }));
  expect(uninstall([release, own('Deployment', 'db'), own('PersistentVolumeClaim', 'data')]).findings).toMatchObject([
    { fingerprint: 'K14:PersistentVolumeClaim:apps/data', severity: 'critical' },
  ]);
  expect(uninstall([release, own('Deployment', 'db')]).status).toBe('pass');
});
