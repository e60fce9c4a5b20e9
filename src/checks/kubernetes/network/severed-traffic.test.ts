import { expect, test } from 'vitest';
import {
  deployment,
  meta,
  node,
  ownedBy,
  planned,
  pod,
  port,
  run,
  service,
  type Things,
  template,
  worldOf,
} from '../../testing.ts';
import check from './severed-traffic.ts';

const dns = deployment(
  'kube-system/coredns',
  template({ 'k8s-app': 'kube-dns' }, 'coredns:1', {
    ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }],
  }),
);
const kubeDns = {
  metadata: meta('kube-system/kube-dns', { labels: { 'k8s-app': 'kube-dns' } }),
  spec: { selector: { 'k8s-app': 'kube-dns' }, ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
};
const db = {
  metadata: meta('apps/db'),
  spec: { replicas: 1, selector: {}, template: template({ app: 'db' }, 'postgres:16', port(5432)) },
};
const dbService = { metadata: meta('apps/db'), spec: { selector: { app: 'db' }, ports: [{ port: 5432 }] } };
const backup = (container: object, id = 'apps/backup', spec = {}) => ({
  metadata: meta(id),
  spec: {
    schedule: '@daily',
    jobTemplate: { spec: { template: template({ app: 'backup' }, 'backup:1', { ...container }, spec) } },
  },
});
const policy = (id: string, spec: object) => ({ metadata: meta(id), spec: { podSelector: {}, ...spec } });
const adding = (things: Things, ...policies: ReturnType<typeof policy>[]) =>
  run(
    check,
    planned(worldOf(things), {
      effects: policies.map((value) => ({
        op: 'put',
        part: 'networkPolicies',
        id: `${value.metadata.namespace ?? ''}/${value.metadata.name}`,
        value,
      })),
    }),
  );
const prints = (result: ReturnType<typeof adding>) => result.findings.map(({ fingerprint }) => fingerprint);
const naming = (value: string, name = 'DATABASE_URL') => backup({ env: [{ name, value }] });
const lab = (...cronJobs: ReturnType<typeof backup>[]): Things => ({
  statefulSets: [db],
  services: [dbService],
  cronJobs,
});

test('default deny cuts the backup job off from its database and from DNS', () => {
  const things = {
    ...lab(naming('postgres://u:p@db.apps.svc:5432/app')),
    deployments: [dns],
    services: [dbService, kubeDns],
  };
  const result = adding(things, policy('apps/deny', { policyTypes: ['Egress'] }));
  expect(prints(result).sort()).toEqual([
    'K17:apps->Deployment kube-system/coredns:53/UDP',
    'K17:apps->StatefulSet apps/db:5432/TCP',
  ]);
  const cut = result.findings.find(({ target }) => target === 'StatefulSet apps/db');
  expect(cut?.message).toBe('The change cuts CronJob apps/backup off from StatefulSet apps/db port 5432/TCP.');
  expect(cut?.evidence).toEqual([
    'CronJob apps/backup: env DATABASE_URL of container main names it',
    'egress from namespace apps to StatefulSet apps/db on TCP 5432 is closed by NetworkPolicy apps/deny',
  ]);
  expect(JSON.stringify(result.findings)).not.toContain('u:p@');
});

test.each([
  ['postgres://u:p@db:5432/app', 'DATABASE_URL', true],
  ['db.apps.svc.cluster.local', 'PGHOST', true],
  ['db:5432', 'TARGET', true],
  ['db', 'PGHOST', true],
  ['db', 'DATABASE', false],
  ['db.other.svc', 'PGHOST', false],
  ['db.example.com', 'PGHOST', false],
])('env value %s as %s names the Service: %s', (value, name, isEdge) => {
  expect(prints(adding(lab(naming(value, name)), policy('apps/deny', { policyTypes: ['Egress'] })))).toHaveLength(
    isEdge ? 1 : 0,
  );
});

test('arguments count too', () => {
  const things = lab(backup({ args: ['--host=db.apps', '--all'] }));
  expect(prints(adding(things, policy('apps/deny', {})))).toEqual(['K17:apps->StatefulSet apps/db:5432/TCP']);
});

test('an ingress controller must still reach the backends of its Ingress', () => {
  const things = {
    deployments: [
      deployment('kube-system/traefik', template({ 'app.kubernetes.io/name': 'traefik' }, 'traefik:3')),
      deployment('apps/web', template({ app: 'web' }, 'web:1', port(8080, 'http'))),
    ],
    services: [service('apps/web', { app: 'web' }, 'http')],
    ingresses: [
      {
        metadata: meta('apps/web'),
        spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'web', port: { number: 80 } } } }] } }] },
      },
    ],
  };
  expect(prints(adding(things, policy('apps/deny', {})))).toEqual(['K17:kube-system->Deployment apps/web:8080/TCP']);
  const allowing = policy('apps/allow', {
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
        ports: [{ port: 'http' }],
      },
    ],
  });
  expect(adding(things, policy('apps/deny', {}), allowing).status).toBe('pass');
});

test('what was denied before is not cut off now, and what starts new neither', () => {
  const things = { ...lab(naming('db:5432')), networkPolicies: [policy('apps/old', { policyTypes: ['Egress'] })] };
  expect(adding(things, policy('apps/deny', {})).status).toBe('pass');
  const fresh = naming('db:5432');
  const plan = planned(worldOf({ ...lab(), networkPolicies: [policy('apps/old', {})] }), {
    effects: [{ op: 'put', part: 'cronJobs', id: 'apps/backup', value: fresh }],
  });
  expect(run(check, plan).status).toBe('pass');
});

test('a replaced policy is compared with what it was, and a deletion opens', () => {
  const things = { ...lab(naming('db:5432')), networkPolicies: [policy('apps/deny', { ingress: [{}] })] };
  expect(prints(adding(things, policy('apps/deny', { ingress: [] })))).toHaveLength(1);
  const opening = planned(worldOf({ ...things, networkPolicies: [policy('apps/deny', {})] }), {
    effects: [{ op: 'remove', part: 'networkPolicies', id: 'apps/deny' }],
  });
  expect(run(check, opening).status).toBe('pass');
});

test('a namespace label that a policy relies on', () => {
  const allowing = policy('apps/allow', {
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'ops' } } }] }],
  });
  const labelled = (labels: object) => ({ metadata: meta('ops', { labels }) });
  const world = worldOf({
    ...lab(),
    cronJobs: [{ ...naming('db.apps:5432'), metadata: meta('ops/backup') }],
    namespaces: [labelled({ team: 'ops' })],
    networkPolicies: [allowing],
  });
  const plan = planned(world, { effects: [{ op: 'put', part: 'namespaces', id: 'ops', value: labelled({}) }] });
  expect(prints({ ...run(check, plan) })).toEqual(['K17:ops->StatefulSet apps/db:5432/TCP']);
});

test('a source on the host network is its node: a namespace selector does not let it in', () => {
  const job = backup({ env: [{ name: 'PGHOST', value: 'db.apps' }] }, 'home/assistant', { hostNetwork: true });
  const live = pod(
    'home/assistant-1',
    {},
    { metadata: ownedBy('Job', 'assistant-1'), spec: { hostNetwork: true, nodeName: 'n1' } },
  );
  const things = {
    ...lab(job),
    jobs: [
      { metadata: meta('home/assistant-1', ownedBy('CronJob', 'assistant')), spec: { template: template({}, 'x') } },
    ],
    pods: [live],
    nodes: [
      node('n1', {
        status: {
          addresses: [
            { type: 'Hostname', address: 'n1' },
            { type: 'InternalIP', address: '192.168.20.21' },
          ],
        },
      }),
    ],
  };
  const selecting = policy('apps/allow', { ingress: [{ from: [{ namespaceSelector: {} }] }] });
  const result = adding(things, selecting);
  expect(result.findings[0]?.evidence.at(-1)).toContain('host network');
  expect(result.findings[0]?.lessons).toContain('k8s-hostnetwork-netpol');
  const block = policy('apps/allow', { ingress: [{ from: [{ ipBlock: { cidr: '192.168.20.0/24' } }] }] });
  expect(adding(things, block).status).toBe('pass');
});

test('does not apply without a change, and is unknown when a part cannot be read', () => {
  expect(run(check, worldOf({})).status).toBe('not_applicable');
  expect(run(check, planned(worldOf({}, ['networkPolicies']), {})).status).toBe('unknown');
});

test('DNS is the Service kube-dns of kube-system, with or without its label', () => {
  const unlabelled = { ...kubeDns, metadata: meta('kube-system/kube-dns') };
  const elsewhere = { ...kubeDns, metadata: meta('other/kube-dns', { labels: { 'k8s-app': 'kube-dns' } }) };
  const things = { deployments: [dns, { ...dns, metadata: meta('other/dns') }], statefulSets: [db] };
  expect(
    prints(adding({ ...things, services: [unlabelled, elsewhere] }, policy('apps/deny', { policyTypes: ['Egress'] }))),
  ).toEqual(['K17:apps->Deployment kube-system/coredns:53/UDP']);
});
