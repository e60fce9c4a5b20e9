import { expect, test } from 'vitest';
import { compare } from '../compare.ts';
import { deployment, meta, ownedBy, planned, run, template, worldOf } from '../testing.ts';
import check from './pod-security-level.ts';

const namespace = (level?: string) => ({
  metadata: meta('apps', { labels: level === undefined ? {} : { 'pod-security.kubernetes.io/enforce': level } }),
});
const web = deployment('apps/web', template({ app: 'web' }, 'web:1'));
const REFUSAL = 'pods "web-1-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true';

test('a template that violates the level its namespace enforces', () => {
  const [finding] = run(check, worldOf({ namespaces: [namespace('restricted')], deployments: [web] })).findings;
  expect(finding).toMatchObject({ fingerprint: 'K03:Deployment apps/web', severity: 'high' });
  expect(finding?.evidence.join()).toContain('runAsNonRoot');
});

test('a plan that labels the namespace introduces it, before any pod is refused', () => {
  const world = planned(worldOf({ namespaces: [namespace()], deployments: [web] }), {
    effects: [{ op: 'put', part: 'namespaces', id: 'apps', value: namespace('restricted') }],
    warnings: [
      'existing pods in namespace "apps" violate the new PodSecurity enforce level "restricted:latest"',
      'web-1-x: runAsNonRoot != true',
    ],
  });
  const { findings } = run(check, world);
  expect(findings.map(({ target }) => target)).toEqual(['Namespace apps']);
  expect(findings[0]?.evidence[0]).toContain('Deployment apps/web');
});

test('a laxer level introduces nothing, and a new workload that violates the old level does', () => {
  const privileged = template({}, 'x', { securityContext: { privileged: true } });
  const agent = deployment('apps/agent', privileged);
  const live = worldOf({ namespaces: [namespace('restricted')], deployments: [agent] });
  const before = run(check, live);
  const laxer = run(
    check,
    planned(live, { effects: [{ op: 'put', part: 'namespaces', id: 'apps', value: namespace('baseline') }] }),
  );
  expect(compare([before], [laxer]).introduced).toEqual([]);
  const adding = run(
    check,
    planned(live, { effects: [{ op: 'put', part: 'deployments', id: 'apps/web', value: web }] }),
  );
  expect(compare([before], [adding]).introduced.map(({ target }) => target)).toEqual(['Deployment apps/web']);
});

test('what only the dry run knows is a finding of its own', () => {
  const warned = planned(worldOf({ namespaces: [namespace()] }), {
    warnings: ['existing pods in namespace "apps" violate the new PodSecurity enforce level "baseline:latest"'],
  });
  expect(run(check, warned).findings.map(({ fingerprint }) => fingerprint)).toEqual(['K03:namespace:apps']);
  const target = { system: 'kubernetes', kind: 'Pod', namespace: 'apps', name: 'x' } as const;
  const refused = planned(worldOf({}), { refusals: [{ target, code: 'pod_security', message: REFUSAL }] });
  expect(run(check, refused).findings.map(({ fingerprint }) => fingerprint)).toEqual(['K03:refused:Pod:apps/x']);
});

test('a ReplicaSet or a StatefulSet whose pods the API has refused', () => {
  const set = {
    metadata: meta('apps/web-1', ownedBy('Deployment', 'web')),
    spec: { replicas: 1, selector: {} },
    status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: REFUSAL }] },
  };
  expect(
    run(check, worldOf({ namespaces: [namespace()], deployments: [web], replicaSets: [set] })).findings[0]?.evidence,
  ).toContain(REFUSAL);
  const db = { metadata: meta('apps/db'), spec: { selector: {}, template: template({}, 'db:1') } };
  const event = {
    metadata: meta('apps/db.1'),
    type: 'Warning',
    reason: 'FailedCreate',
    message: REFUSAL,
    involvedObject: { kind: 'StatefulSet', namespace: 'apps', name: 'db' },
  };
  expect(
    run(check, worldOf({ namespaces: [namespace()], statefulSets: [db], events: [event] })).findings[0]?.target,
  ).toBe('StatefulSet apps/db');
});

test.each([
  ['the namespace enforces nothing', namespace()],
  ['the template fits the level', namespace('baseline')],
  [
    'the level is only a warning',
    { metadata: meta('apps', { labels: { 'pod-security.kubernetes.io/warn': 'restricted' } }) },
  ],
])('passes when %s', (_, apps) => {
  const warned = planned(worldOf({ namespaces: [apps], deployments: [web] }), {
    warnings: ['would violate PodSecurity "restricted:latest": runAsNonRoot != true'],
  });
  expect(run(check, warned).status).toBe('pass');
});

test('a template at zero replicas is only a note', () => {
  const asleep = deployment('apps/web', template({}, 'web:1'), { replicas: 0 });
  expect(run(check, worldOf({ namespaces: [namespace('restricted')], deployments: [asleep] })).findings).toMatchObject([
    { severity: 'low', introduced: 'note' },
  ]);
});

test('a runtime class may be exempted in the API server: then it is not judged', () => {
  const gvisor = deployment('apps/web', template({}, 'web:1', {}, { runtimeClassName: 'gvisor' }));
  expect(run(check, worldOf({ namespaces: [namespace('restricted')], deployments: [gvisor] })).status).toBe('unknown');
});

test('is unknown when namespaces cannot be read', () => {
  expect(run(check, worldOf({ deployments: [web] }, ['namespaces'])).status).toBe('unknown');
});

test('an event of a set that is whole again is history', () => {
  const set = (readyReplicas: number) => ({
    metadata: meta('apps/db'),
    spec: { selector: {}, template: template({}, 'db:1') },
    status: { readyReplicas },
  });
  const daemon = (numberAvailable: number) => ({
    metadata: meta('apps/db'),
    spec: { selector: {}, template: template({}, 'db:1') },
    status: { desiredNumberScheduled: 1, numberAvailable },
  });
  const event = (kind: string) => ({
    metadata: meta('apps/db.1'),
    reason: 'FailedCreate',
    message: REFUSAL,
    involvedObject: { kind, namespace: 'apps', name: 'db' },
  });
  const status = (things: object) => run(check, worldOf({ namespaces: [namespace()], ...things })).status;
  expect([
    status({ statefulSets: [set(1)], events: [event('StatefulSet')] }),
    status({ statefulSets: [set(0)], events: [event('StatefulSet')] }),
  ]).toEqual(['pass', 'fail']);
  expect([
    status({ daemonSets: [daemon(1)], events: [event('DaemonSet')] }),
    status({ daemonSets: [daemon(0)], events: [event('DaemonSet')] }),
  ]).toEqual(['pass', 'fail']);
});
