import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLabCluster } from '../../src/lab/kubernetes/cluster.ts';
import { type Bench, findTool, openBench } from './tools.ts';

const kubectl = findTool('k36', 'kubectl');

const web = (image: string, replicas = 2): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ${image}
        ports: [{containerPort: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`;

const settings = (value: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: ${value}}
`;

describe.skipIf(!kubectl)('kubectl 1.36 against the lab', () => {
  let bench: Bench;
  const ok = (...args: string[]) => bench.ok(kubectl!, args);
  const run = (...args: string[]) => bench.run(kubectl!, args);
  const ready = () => ok('rollout', 'status', 'deployment/web', '--timeout=30s');

  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  test('says what it talks to', async () => {
    expect(await ok('version')).toContain('Server Version: v1.36.3');
    const kinds = (await ok('api-resources', '-o', 'name')).split('\n');
    expect(kinds).toEqual(expect.arrayContaining(['pods', 'deployments.apps', 'poddisruptionbudgets.policy']));
    expect(await ok('cluster-info')).toContain('is running at');
  });

  test('apply creates, changes and leaves alone; get and describe show it', async () => {
    const file = await bench.file('web.yaml', web('nginx:1'));
    expect(await ok('apply', '-f', file)).toMatch(/deployment.apps\/web created\nservice\/web created/);
    await ready();
    expect(await ok('apply', '-f', file)).toMatch(/deployment.apps\/web unchanged\nservice\/web unchanged/);
    const table = await ok('get', 'deployments', '-o', 'wide');
    expect(table).toMatch(/NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR/);
    expect(table).toMatch(/web +2\/2 +2 +2 .*nginx:1 +app=web/);
    const described = await ok('describe', 'deployment', 'web');
    expect(described).toContain('2 desired | 2 updated | 2 total | 2 available');
    expect(described).toContain('ScalingReplicaSet');
    const pods = (await ok('get', 'pods', '-l', 'app=web', '-o', 'name')).trim().split('\n');
    expect(pods).toHaveLength(2);
    expect(await ok('describe', pods[0]!)).toMatch(/Status: +Running/);
    expect(await ok('get', 'all')).toContain('service/web');
    expect(await ok('get', 'pods', '-A', '--sort-by=.metadata.name', '--chunk-size=1')).toMatch(/web-.*\n.*web-/);
  });

  test('diff shows what an apply would change and changes nothing', async () => {
    const file = await bench.file('web2.yaml', web('nginx:2'));
    const { code, stdout } = await run('diff', '-f', file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/-\s+- image: nginx:1/);
    expect(stdout).toMatch(/\+\s+- image: nginx:2/);
    expect(await ok('apply', '-f', file, '--dry-run=server')).toContain('configured (server dry run)');
    expect(await ok('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toBe(
      'nginx:1',
    );
  });

  test('rollout: status, history, undo, restart', async () => {
    await ok('set', 'image', 'deployment/web', 'web=nginx:2');
    expect(await ready()).toContain('successfully rolled out');
    expect(await ok('rollout', 'history', 'deployment/web')).toMatch(/1 +<none>\n2 +<none>/);
    expect(await ok('rollout', 'undo', 'deployment/web')).toContain('rolled back');
    await ready();
    expect(await ok('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toBe(
      'nginx:1',
    );
    expect(await ok('rollout', 'history', 'deployment/web')).toMatch(/2 +<none>\n3 +<none>/);
    await ok('rollout', 'restart', 'deployment/web');
    await ready();
    expect(await ok('scale', 'deployment/web', '--replicas=3')).toContain('scaled');
    expect(await ok('wait', '--for=jsonpath={.status.readyReplicas}=3', 'deployment/web', '--timeout=30s')).toContain(
      'met',
    );
    await ok('scale', 'deployment/web', '--replicas=2', '--current-replicas=3');
    await ready();
  });

  test('server-side apply: a field of somebody else is a conflict until it is forced', async () => {
    const mine = await bench.file('mine.yaml', settings('fast'));
    const theirs = await bench.file('theirs.yaml', settings('slow'));
    expect(await ok('apply', '--server-side', '--field-manager=mine', '-f', mine)).toContain('serverside-applied');
    const refused = await run('apply', '--server-side', '--field-manager=theirs', '-f', theirs);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('conflict with "mine": .data.mode');
    expect(await ok('get', 'configmap', 'settings', '-o', 'jsonpath={.data.mode}')).toBe('fast');
    await ok('apply', '--server-side', '--field-manager=theirs', '--force-conflicts', '-f', theirs);
    expect(await ok('get', 'configmap', 'settings', '-o', 'jsonpath={.data.mode}')).toBe('slow');
    const managers = JSON.parse(await ok('get', 'configmap', 'settings', '-o', 'json', '--show-managed-fields'));
    expect(managers.metadata.managedFields.map((entry: { manager: string }) => entry.manager)).toEqual(['theirs']);
  });

  test('strict validation refuses a field that nobody knows, and a wrong type', async () => {
    const file = await bench.file('bad.yaml', web('nginx:1').replace('replicas:', 'replica:'));
    const unknown = await run('apply', '-f', file);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('unknown field "spec.replica"');
    const wrong = await run('patch', 'deployment', 'web', '-p', '{"spec":{"replicas":"many"}}');
    expect(wrong.code).toBe(1);
    const selector = await run('patch', 'deployment', 'web', '-p', '{"spec":{"selector":{"matchLabels":{"app":"x"}}}}');
    expect(selector.stderr).toContain('field is immutable');
    expect((await run('create', 'ns', 'Bad_Name')).stderr).toContain('RFC 1123');
  });

  test('patch in its three kinds, label, annotate, taint, edit by replace', async () => {
    await ok(
      'patch',
      'deployment',
      'web',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"1"}]}]}}}}',
    );
    await ok('patch', 'deployment', 'web', '--type=merge', '-p', '{"metadata":{"annotations":{"a":"b"}}}');
    await ok('patch', 'deployment', 'web', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":2}]');
    expect(
      await ok(
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.spec.template.spec.containers[0].env[0].value}{.metadata.annotations.a}',
      ),
    ).toBe('1b');
    await ok('label', 'deployment', 'web', 'tier=front');
    await ok('annotate', 'deployment', 'web', 'a-');
    await ok('taint', 'node', 'node-3', 'a=b:NoSchedule');
    await ok('taint', 'node', 'node-3', 'a-');
    expect(await ok('get', 'deployment', '-l', 'tier in (front),tier!=back', '-o', 'name')).toBe(
      'deployment.apps/web\n',
    );
    await ready();
  });

  test('logs, events and a watch that ends by itself', async () => {
    expect((await run('logs', 'deployment/web', '--tail=1')).code).toBe(0);
    expect(await ok('events', '--for', 'deployment/web')).toContain('ScalingReplicaSet');
    expect(await ok('get', 'pods', '-w', '--request-timeout=1s')).toContain('Running');
    expect((await run('wait', '--for=condition=Available', 'deployment/web', '--timeout=20s')).code).toBe(0);
  });

  test('drain waits for the budget and goes on when it allows', async () => {
    await ok('create', 'poddisruptionbudget', 'web', '--selector=app=web', '--min-available=2');
    await ok('wait', '--for=jsonpath={.status.expectedPods}=2', 'pdb/web', '--timeout=20s');
    const on = (await ok('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].spec.nodeName}')).trim();
    const held = await run('drain', on, '--ignore-daemonsets', '--timeout=3s');
    expect(held.code).toBe(1);
    expect(held.stderr).toContain("would violate the pod's disruption budget");
    await ok('delete', 'pdb', 'web');
    expect(await ok('drain', on, '--ignore-daemonsets', '--timeout=60s')).toContain('drained');
    expect(await ok('get', 'node', on)).toContain('SchedulingDisabled');
    await ready();
    expect(await ok('get', 'pods', '-l', 'app=web', `--field-selector=spec.nodeName=${on}`, '-o', 'name')).toBe('');
    await ok('uncordon', on);
  });

  test('drain refuses naked pods unless forced', async () => {
    await ok('run', 'naked', '--image=nginx');
    await ok('wait', '--for=condition=Ready', 'pod/naked', '--timeout=20s');
    const on = await ok('get', 'pod', 'naked', '-o', 'jsonpath={.spec.nodeName}');
    const refused = await run('drain', on, '--timeout=5s');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('cannot delete Pods that declare no controller');
    await ok('drain', on, '--force', '--timeout=60s');
    await ok('uncordon', on);
    expect((await run('get', 'pod', 'naked')).stderr).toContain('pods "naked" not found');
  });

  test('a stricter PodSecurity label warns about the pods that are there, and refuses new ones', async () => {
    const warned = await run(
      'label',
      'ns',
      'default',
      'pod-security.kubernetes.io/enforce=restricted',
      '--dry-run=server',
      '--overwrite',
    );
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain(
      'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"',
    );
    await ok('create', 'ns', 'strict');
    await ok(
      'label',
      'ns',
      'strict',
      'pod-security.kubernetes.io/enforce=restricted',
      'pod-security.kubernetes.io/warn=restricted',
    );
    const refused = await run('run', 'x', '--image=nginx', '-n', 'strict');
    expect(refused.stderr).toContain('violates PodSecurity "restricted:latest"');
    const workload = await run('create', 'deployment', 'x', '--image=nginx', '-n', 'strict');
    expect(workload.code).toBe(0);
    expect(workload.stderr).toContain('Warning: would violate PodSecurity "restricted:latest"');
  });

  test('custom resources come with their definition and go with it', async () => {
    const crd = await bench.file(
      'crd.yaml',
      `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.home.example}
spec:
  group: home.example
  scope: Namespaced
  names: {plural: lamps, kind: Lamp, shortNames: [lmp]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Watts, type: integer, jsonPath: .spec.watts}]
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {watts: {type: integer}}}}}}
`,
    );
    await ok('apply', '-f', crd);
    await ok('wait', '--for=condition=Established', 'crd/lamps.home.example', '--timeout=10s');
    const lamp = await bench.file(
      'lamp.yaml',
      'apiVersion: home.example/v1\nkind: Lamp\nmetadata: {name: desk}\nspec: {watts: 7}\n',
    );
    await ok('apply', '-f', lamp);
    expect(await ok('get', 'lmp')).toMatch(/NAME +WATTS\ndesk +7/);
    await ok('apply', '--server-side', '--force-conflicts', '-f', lamp);
    await ok('delete', 'crd', 'lamps.home.example');
    expect((await run('get', 'lamps.home.example')).code).toBe(1);
  });

  test('delete takes dependents along, or leaves them', async () => {
    await ok('create', 'deployment', 'orphaned', '--image=nginx');
    await ok('rollout', 'status', 'deployment/orphaned', '--timeout=30s');
    await ok('delete', 'deployment', 'orphaned', '--cascade=orphan');
    expect(await ok('get', 'rs', '-l', 'app=orphaned', '-o', 'name')).toContain('replicaset');
    await ok('delete', 'rs', '-l', 'app=orphaned');
    expect(await ok('delete', 'deployment', 'web', '--cascade=foreground')).toContain('deleted');
    expect(await ok('get', 'pods', '-l', 'app=web', '-o', 'name')).toBe('');
    await ok('create', 'job', 'once', '--image=busybox');
    await ok('wait', '--for=condition=Complete', 'job/once', '--timeout=30s');
    await ok('delete', 'job', 'once');
    await ok('delete', 'ns', 'strict', '--timeout=30s');
    expect((await run('get', 'ns', 'strict')).stderr).toContain('not found');
  });

  test('auth can-i asks and is allowed', async () => {
    expect((await ok('auth', 'can-i', 'create', 'deployments')).trim()).toBe('yes');
    expect(await ok('auth', 'whoami')).toContain('system:masters');
  });

  test('a lab that asks for a token gives kubectl a kubeconfig that gets in', async () => {
    const closed = await startLabCluster({ port: 0, token: 'the-token-of-this-test' });
    const file = await bench.file('closed.yaml', closed.kubeconfig);
    expect(await ok('--kubeconfig', file, 'get', 'ns', '-o', 'name')).toContain('namespace/default');
    const without = await bench.file('without.yaml', closed.kubeconfig.replace('the-token-of-this-test', 'another'));
    expect((await run('--kubeconfig', without, 'get', 'ns')).stderr).toContain('must be logged in');
    await closed.close();
  });
});
