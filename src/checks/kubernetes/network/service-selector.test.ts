import { expect, test } from 'vitest';
import { deployment, meta, ownedBy, planned, pod, port, run, service, template, worldOf } from '../../testing.ts';
import check from './service-selector.ts';

const name = { 'app.kubernetes.io/name': 'cardboard' };
const web = deployment(
  'apps/cardboard',
  template({ ...name, 'app.kubernetes.io/component': 'web' }, 'cardboard:3', port(8080)),
);
const database = {
  metadata: meta('apps/cardboard-db'),
  spec: { replicas: 1, selector: {}, template: template(name, 'postgres:16', port(5432)) },
};

test('names the two workloads and the label that tells them apart when the database carries the selected label too', () => {
  const result = run(
    check,
    worldOf({ services: [service('apps/cardboard', name)], deployments: [web], statefulSets: [database] }),
  );
  expect(result.status).toBe('fail');
  const [finding] = result.findings;
  expect(finding?.fingerprint).toBe('K01:apps/cardboard:Deployment apps/cardboard+StatefulSet apps/cardboard-db');
  expect(finding?.message).toContain('Deployment apps/cardboard and StatefulSet apps/cardboard-db');
  expect(finding?.message).toContain('does not declare port 8080');
  expect(finding?.remedy).toContain('app.kubernetes.io/component=web');
  expect(finding).toMatchObject({ severity: 'high', lessons: ['k8s-service-selector-overmatch'] });
});

test('a Service that is only planned is judged by templates, before there is any pod', () => {
  const world = planned(worldOf({ deployments: [web], statefulSets: [database] }), {
    effects: [{ op: 'put', part: 'services', id: 'apps/cardboard', value: service('apps/cardboard', name) }],
  });
  expect(run(check, world).status).toBe('fail');
});

test('live pods count even where their template no longer says so', () => {
  const stray = pod('apps/db-0', name, { metadata: ownedBy('StatefulSet', 'db') });
  const renamed = {
    metadata: meta('apps/db'),
    spec: { selector: {}, template: template({ app: 'db' }, 'postgres:16') },
  };
  const world = worldOf({
    services: [service('apps/cardboard', name)],
    deployments: [web],
    statefulSets: [renamed],
    pods: [stray],
  });
  expect(run(check, world).findings[0]?.target).toBe('Service apps/cardboard');
});

test.each([
  ['a selector that only the app carries', { ...name, 'app.kubernetes.io/component': 'web' }, [web], [database]],
  ['the same labels in another namespace', name, [web], [{ ...database, metadata: meta('other/db') }]],
])('passes for %s', (_, selector, deployments, statefulSets) => {
  expect(
    run(check, worldOf({ services: [service('apps/cardboard', selector)], deployments, statefulSets })).status,
  ).toBe('pass');
});

test('passes for a canary or blue and green: one program in two versions behind one port', () => {
  const canary = deployment('apps/cardboard-canary', template({ ...name, track: 'canary' }, 'cardboard:4', port(8080)));
  expect(run(check, worldOf({ services: [service('apps/cardboard', name)], deployments: [web, canary] })).status).toBe(
    'pass',
  );
});

test('passes for the primary and the replicas of one database, and for what one operator owns', () => {
  const db = (id: string) => ({
    metadata: meta(id),
    spec: { selector: {}, template: template(name, 'postgres:16', port(5432, 'pg')) },
  });
  const replicas = worldOf({
    services: [service('apps/pg', name, 'pg')],
    statefulSets: [db('apps/primary'), db('apps/replica')],
  });
  expect(run(check, replicas).status).toBe('pass');
  const owned = (id: string, image: string) => ({
    ...db(id),
    metadata: meta(id, ownedBy('Cluster', 'pg')),
    spec: { selector: {}, template: template(name, image) },
  });
  const operator = worldOf({
    services: [service('apps/pg', name)],
    statefulSets: [owned('apps/a', 'x:1'), owned('apps/b', 'y:1')],
  });
  expect(run(check, operator).status).toBe('pass');
});

test('two roles of one image are two workloads when only one of them has the port', () => {
  const server = deployment('auth/server', template(name, 'authentik:1', { args: ['server'], ...port(9000) }));
  const worker = deployment('auth/worker', template(name, 'authentik:1', { args: ['worker'] }));
  expect(
    run(check, worldOf({ services: [service('auth/server', name, 9000)], deployments: [server, worker] })).status,
  ).toBe('fail');
});

test('finished pods and Services without a selector are no backends', () => {
  const done = pod('apps/migrate', name, { status: { phase: 'Succeeded' } });
  const world = worldOf({
    services: [service('apps/cardboard', name), service('apps/external', {})],
    deployments: [web],
    pods: [done],
  });
  expect(run(check, world).status).toBe('pass');
});

test('an accepted finding needs a reason, and a change cannot excuse itself', () => {
  const accepting = (annotations: Record<string, string>) => ({
    ...service('apps/cardboard', name),
    metadata: meta('apps/cardboard', { annotations }),
  });
  const accepted = accepting({ 'steward.dev/accept': 'K01', 'steward.dev/accept-reason': 'read replicas answer too' });
  const rest = { deployments: [web], statefulSets: [database] };
  const live = run(check, worldOf({ ...rest, services: [accepted] }));
  expect(live).toMatchObject({ status: 'pass', accepted: [{ reason: 'read replicas answer too' }] });
  expect(run(check, worldOf({ ...rest, services: [accepting({ 'steward.dev/accept': 'K01' })] })).status).toBe('fail');
  const plan = planned(worldOf(rest), {
    effects: [{ op: 'put', part: 'services', id: 'apps/cardboard', value: accepted }],
  });
  expect(run(check, plan).findings.map(({ fingerprint }) => fingerprint)).toEqual([
    'K01:accept:services:apps/cardboard',
    'K01:apps/cardboard:Deployment apps/cardboard+StatefulSet apps/cardboard-db',
  ]);
});

test('is unknown when a part cannot be read', () => {
  expect(run(check, worldOf({}, ['statefulSets']))).toMatchObject({
    status: 'unknown',
    reason: 'statefulSets: forbidden',
  });
});

test('an accepted finding stays accepted while a change touches another Service', () => {
  const annotations = { 'steward.dev/accept': 'K01, K02', 'steward.dev/accept-reason': 'read replicas answer too' };
  const accepted = { ...service('apps/cardboard', name), metadata: meta('apps/cardboard', { annotations }) };
  const world = worldOf({ services: [accepted], deployments: [web], statefulSets: [database] });
  const plan = planned(world, {
    effects: [{ op: 'put', part: 'services', id: 'apps/other', value: service('apps/other', { app: 'x' }) }],
  });
  expect(run(check, plan).status).toBe('pass');
});

test('without any declared port, the same image with the same command is one program', () => {
  const copy = (id: string, args: string[]) => deployment(id, template(name, 'app:1', { args }));
  const pair = (...deployments: ReturnType<typeof copy>[]) =>
    run(check, worldOf({ services: [service('apps/app', name)], deployments })).status;
  expect(pair(copy('apps/blue', ['serve']), copy('apps/green', ['serve']))).toBe('pass');
  expect(pair(copy('apps/blue', ['serve']), copy('apps/green', ['work']))).toBe('fail');
});

test('where no label tells them apart, the remedy is a label of its own; a workload at zero weighs less', () => {
  const plain = deployment('apps/cardboard', template(name, 'cardboard:3', port(8080)));
  const asleep = { ...database, spec: { ...database.spec, replicas: 0 } };
  const [finding] = run(
    check,
    worldOf({ services: [service('apps/cardboard', name)], deployments: [plain], statefulSets: [asleep] }),
  ).findings;
  expect(finding?.severity).toBe('medium');
  expect(finding?.remedy).toContain('app.kubernetes.io/component=cardboard');
});
