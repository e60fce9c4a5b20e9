import { expect, test } from 'vitest';
import { deployment, meta, node, pod, run, template, worldOf } from '../../testing.ts';
import check from './image-platform.ts';

const arm = node('mac', {
  metadata: { labels: { 'kubernetes.io/arch': 'arm64' } },
  status: { nodeInfo: { architecture: 'arm64', operatingSystem: 'linux' } },
});
const nodes = [node('n1'), arm];
const web = (spec = {}) => deployment('apps/web', template({ app: 'web' }, 'web:1', {}, spec));
const key = 'docker.io/library/web:1';
const both = { platforms: ['linux/amd64', 'linux/arm64'], complete: true };
const amdOnly = { platforms: ['linux/amd64'], complete: true };

test('an image that its registry offers for amd64 only, and an arm64 node that lets it in', () => {
  const [finding] = run(check, worldOf({ nodes, deployments: [web()], images: { [key]: amdOnly } })).findings;
  expect(finding).toMatchObject({
    fingerprint: 'K05:Deployment apps/web:docker.io/library/web@linux/arm64',
    severity: 'high',
  });
  expect(finding?.message).toContain('mac');
  expect(finding?.remedy).toContain('kubernetes.io/arch: amd64');
});

test('an exec format error is proof without any registry, and the CronJob is told the right path', () => {
  const job = {
    metadata: meta('apps/scraper'),
    spec: { schedule: '@daily', jobTemplate: { spec: { template: template({}, 'web:1') } } },
  };
  const [finding] = run(
    check,
    worldOf({ nodes, cronJobs: [job], images: { [key]: { platforms: ['linux/amd64'], broken: ['linux/arm64'] } } }),
  ).findings;
  expect(finding?.remedy).toContain('spec.jobTemplate.spec.template.spec.nodeSelector');
});

test.each([
  ['the image offers both platforms', web(), nodes, both],
  ['the pod selects amd64', web({ nodeSelector: { 'kubernetes.io/arch': 'amd64' } }), nodes, amdOnly],
  [
    'a required affinity keeps it off',
    web({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'NotIn', values: ['arm64'] }] },
            ],
          },
        },
      },
    }),
    nodes,
    amdOnly,
  ],
  [
    'a taint keeps it off',
    web(),
    [node('n1'), { ...arm, spec: { taints: [{ key: 'arch', value: 'arm64', effect: 'NoSchedule' }] } }],
    amdOnly,
  ],
  ['the arm64 node is cordoned', web(), [node('n1'), { ...arm, spec: { unschedulable: true } }], amdOnly],
  [
    'the node emulates: it was seen running there',
    web(),
    nodes,
    { platforms: ['linux/amd64', 'linux/arm64'], complete: false },
  ],
])('passes when %s', (_, deployments, all, image) => {
  expect(run(check, worldOf({ nodes: all, deployments: [deployments], images: { [key]: image } })).status).toBe('pass');
});

test('a volume that only amd64 nodes reach keeps the pod off the others', () => {
  const required = {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }] }],
  };
  const things = {
    nodes,
    deployments: [web({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] })],
    persistentVolumeClaims: [{ metadata: meta('apps/data'), spec: { volumeName: 'pv1' }, status: { phase: 'Bound' } }],
    persistentVolumes: [{ metadata: meta('pv1'), spec: { nodeAffinity: { required } } }],
  };
  expect(run(check, worldOf({ ...things, images: { [key]: amdOnly } })).status).toBe('pass');
});

test('a private registry is unknown for this one target, and hides no fault of another', () => {
  const other = deployment('apps/other', template({}, 'other:1'));
  const result = run(
    check,
    worldOf({
      nodes,
      deployments: [web(), other],
      images: { [key]: { platforms: ['linux/amd64'] }, 'docker.io/library/other:1': amdOnly },
    }),
  );
  expect(result.status).toBe('fail');
  expect(result.findings.map(({ target, unknown }) => [target, unknown ?? false])).toEqual([
    ['Deployment apps/other', false],
    ['Deployment apps/web', true],
  ]);
});

test('a running bare pod is judged on its own node', () => {
  const bare = pod('apps/tool', {}, { spec: { containers: [{ name: 'main', image: 'web:1' }] } });
  expect(run(check, worldOf({ nodes, pods: [bare], images: { [key]: amdOnly } })).status).toBe('pass');
});

test('is unknown when nodes or images cannot be read', () => {
  expect(run(check, worldOf({ deployments: [web()] }, ['images'])).status).toBe('unknown');
});

test('a finished Job is over, a CronJob between two runs and a Deployment at zero are not', () => {
  const images = { [key]: amdOnly };
  const job = (conditions: object[]) => ({
    metadata: meta('apps/once'),
    spec: { template: template({}, 'web:1') },
    status: { conditions },
  });
  expect(run(check, worldOf({ nodes, jobs: [job([{ type: 'Complete', status: 'True' }])], images })).status).toBe(
    'pass',
  );
  expect(run(check, worldOf({ nodes, jobs: [job([])], images })).status).toBe('fail');
  const asleep = deployment('apps/web', template({}, 'web:1'), { replicas: 0 });
  expect(run(check, worldOf({ nodes, deployments: [asleep], images })).findings).toMatchObject([{ severity: 'low' }]);
});

test('an image nobody has heard of, and a node that does not state its platform, are unknown', () => {
  expect(run(check, worldOf({ nodes, deployments: [web()] })).status).toBe('unknown');
  const silent = node('n9', { metadata: { labels: {} }, status: { nodeInfo: {} } });
  expect(run(check, worldOf({ nodes: [silent], deployments: [web()], images: { [key]: amdOnly } })).status).toBe(
    'unknown',
  );
});

test('where all nodes are alike, an image nobody has heard of is nothing to report', () => {
  const alike = [node('n1')];
  expect(run(check, worldOf({ nodes: alike, deployments: [web()] })).status).toBe('pass');
});
