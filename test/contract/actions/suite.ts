import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesClient } from '../../../src/clients/kubernetes/client.ts';
import type { KubeconfigSource } from '../../../src/clients/kubernetes/connection.ts';
import { type Driver, drive, patchAs } from './support.ts';

/** A cluster to act on: namespaces `steward-test-*` are made and deleted there, nodes are cordoned for seconds. */
export interface OpenedCluster {
  readonly client: KubernetesClient;
  readonly kubeconfig: KubeconfigSource;
  close(): Promise<void>;
}

const NS = `steward-test-${process.pid}`;

const workload = (kind: string, name: string, more = ''): string => `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name}, namespace: ${NS} }
spec:
  ${kind === 'DaemonSet' ? '' : 'replicas: 2'}
  ${kind === 'StatefulSet' ? `serviceName: ${name}` : ''}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: app, image: "nginx:1.27", env: [{ name: DB_PASSWORD, value: hunter2 }] }]
      ${more}
`;
const namespace = `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${NS} }\n`;
const service = `apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: ${NS} }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }\n`;
const join = (...documents: readonly string[]): string => documents.join('---\n');
const labels = (effects: readonly { op: string; part: string; id: string }[]): string[] =>
  effects.map(({ op, part, id }) => `${op} ${part} ${id}`);

/** Every action, planned, run and verified against a real API, through a client that only lets planned touches pass. */
export function actionsContract(where: string, open: () => Promise<OpenedCluster>): void {
  describe(`actions on ${where}`, () => {
    let client: KubernetesClient;
    let opened: OpenedCluster;
    let on: Driver;
    const signal = AbortSignal.timeout(170_000);

    beforeAll(async () => {
      opened = await open();
      client = opened.client;
      on = drive(client);
    }, 180_000);
    afterAll(async () => {
      client?.close();
      await opened?.close();
    });

    /** A merge patch of the Deployment `web` under the name of another manager, past our client. */
    const asOther = (body: object): Promise<void> =>
      patchAs(opened.kubeconfig, 'somebody-else', `/apis/apps/v1/namespaces/${NS}/deployments/web`, body);
    const podsOf = async (app: string) =>
      client.listAll(await client.kind('v1/Pod', signal), { namespace: NS, labelSelector: `app=${app}` }, signal);

    test('apply: several objects in a good order, all effects fit the world, the preview hides secrets', async () => {
      const { draft, verdict } = await on.change('cluster_apply', {
        manifest: join(workload('Deployment', 'web'), service, namespace),
      });
      expect(verdict.ok, verdict.evidence.join('; ')).toBe('yes');
      expect(labels(draft.effects)).toEqual([
        `put namespaces ${NS}`,
        `put services ${NS}/web`,
        `put deployments ${NS}/web`,
      ]);
      expect(draft.preconditions.every((one) => 'absent' in one)).toBe(true);
      expect(await on.misfits(draft)).toEqual([]);
      expect(draft.preview).toContain('[masked 7 bytes]');
      expect(draft.preview).not.toContain('hunter2');
    });

    test('apply again: no change; a changed image: exactly that in the preview', async () => {
      const same = await on.plan('cluster_apply', { manifest: workload('Deployment', 'web') });
      expect(same.preview).toContain('no change');
      const { preview, preconditions } = await on.plan('cluster_apply', {
        manifest: workload('Deployment', 'web').replace('1.27', '1.28'),
      });
      expect(preview.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
        '-           image: nginx:1.27',
        '+           image: nginx:1.28',
      ]);
      expect(preconditions).toEqual([
        expect.objectContaining({ uid: expect.stringMatching(/./), version: expect.stringMatching(/./) }),
      ]);
    });

    test('apply: what the cluster would refuse is a refusal, also inside a namespace that does not exist yet', async () => {
      const wrong = service.replace('selector', 'selecter');
      expect(
        (await on.plan('cluster_apply', { manifest: wrong.replace('name: web', 'name: other') })).refusals,
      ).toEqual([expect.objectContaining({ code: 'unknown_field', field: expect.stringContaining('selecter') })]);
      const elsewhere = join(namespace, wrong).replaceAll(NS, `${NS}-new`);
      expect((await on.plan('cluster_apply', { manifest: elsewhere })).refusals).toEqual([
        expect.objectContaining({ code: 'unknown_field' }),
      ]);
      await expect(
        on.plan('cluster_apply', { manifest: 'apiVersion: foo/v1\nkind: Bar\nmetadata: { name: x }' }),
      ).rejects.toMatchObject({ code: 'unknown_kind' });
      await expect(
        on.plan('cluster_apply', { manifest: service.replace(`, namespace: ${NS}`, '') }),
      ).rejects.toMatchObject({ code: 'namespace_missing' });
      await expect(
        on.plan('cluster_apply', { manifest: namespace.replace('name:', `namespace: x, name:`) }),
      ).rejects.toMatchObject({ code: 'namespace_not_allowed' });
    });

    test('scale: down names the pods that go, up and down are verified', async () => {
      const { draft, verdict } = await on.change('cluster_scale', { namespace: NS, name: 'web', replicas: 1 });
      expect(labels(draft.effects)).toEqual([
        `put deployments ${NS}/web`,
        expect.stringContaining(`remove pods ${NS}/web-`),
      ]);
      expect(verdict.ok, verdict.evidence.join('; ')).toBe('yes');
      await expect(on.plan('cluster_scale', { namespace: NS, name: 'nope', replicas: 1 })).rejects.toMatchObject({
        code: 'object_not_found',
      });
    });

    test('restart: every pod is another one afterwards', async () => {
      const before = new Set((await podsOf('web')).map(({ metadata }) => metadata.uid));
      const { verdict } = await on.change('cluster_restart', { namespace: NS, name: 'web' });
      expect(verdict.ok, verdict.evidence.join('; ')).toBe('yes');
      const alive = (await podsOf('web')).filter(({ metadata }) => metadata['deletionTimestamp'] === undefined);
      expect(alive.filter(({ metadata }) => before.has(metadata.uid))).toEqual([]);
    });

    test.each([
      ['strategic', 'spec: { template: { spec: { containers: [{ name: app, image: "nginx:1.28" }] } } }'],
      ['merge', '{"metadata":{"annotations":{"a":"b"}}}'],
      ['json', '[{"op":"replace","path":"/spec/revisionHistoryLimit","value":5}]'],
    ] as const)('patch of type %s', async (type, patch) => {
      const { verdict } = await on.change('cluster_patch', { kind: 'deploy', namespace: NS, name: 'web', type, patch });
      expect(verdict.ok, verdict.evidence.join('; ')).toBe('yes');
    });

    test('patch: one that cannot be read is refused before anything is asked', async () => {
      for (const [type, patch] of [
        ['json', '{"a":1}'],
        ['merge', '[1]'],
        ['merge', 'a: ['],
      ])
        await expect(
          on.plan('cluster_patch', { kind: 'Deployment', namespace: NS, name: 'web', type, patch }),
        ).rejects.toMatchObject({ code: 'patch_unreadable' });
    });

    test('rollback: the old image is back; a revision that is not kept is named with those that are', async () => {
      const { draft, verdict } = await on.change('cluster_rollback', { namespace: NS, name: 'web' });
      expect(draft.preview).toMatch(/^\+ +image: nginx:1\.27$/m);
      expect(verdict.ok, verdict.evidence.join('; ')).toBe('yes');
      await expect(on.plan('cluster_rollback', { namespace: NS, name: 'web', to_revision: 999 })).rejects.toMatchObject(
        { code: 'no_revision' },
      );
    });

    test('apply: what we patched ourselves is no conflict, what somebody else owns is one until force is asked for', async () => {
      await on.change('cluster_scale', { namespace: NS, name: 'web', replicas: 1 });
      const { verdict } = await on.change('cluster_apply', { manifest: workload('Deployment', 'web') });
      expect(verdict.ok, verdict.evidence.join('; ')).toBe('yes');
      await asOther({ spec: { replicas: 1 } });
      const manifest = workload('Deployment', 'web');
      expect((await on.plan('cluster_apply', { manifest })).refusals).toEqual([
        expect.objectContaining({ code: 'conflict', manager: 'somebody-else', field: 'spec.replicas' }),
      ]);
      const forced = await on.change('cluster_apply', { manifest, force: true });
      expect(forced.verdict.ok, forced.verdict.evidence.join('; ')).toBe('yes');
    });

    test('label: set, removed, and PodSecurity warns before it is enforced', async () => {
      const enforce = 'pod-security.kubernetes.io/enforce';
      const draft = await on.plan('cluster_label', {
        kind: 'Namespace',
        name: NS,
        labels: { [enforce]: 'restricted' },
      });
      expect(draft.warnings?.join('\n')).toMatch(/violate/);
      const set = await on.change('cluster_label', {
        kind: 'svc',
        namespace: NS,
        name: 'web',
        labels: { tier: 'front' },
        annotations: { note: 'x y' },
      });
      expect(set.verdict.ok).toBe('yes');
      const removed = await on.change('cluster_label', {
        kind: 'Service',
        namespace: NS,
        name: 'web',
        remove_labels: ['tier'],
        remove_annotations: ['note'],
      });
      expect(removed.verdict.ok).toBe('yes');
      expect(removed.draft.preview).toMatch(/^- .*tier: front/m);
    });

    test('drain: waits for the budget, evicts, leaves DaemonSet pods; uncordon gives the node back', async () => {
      const budget = `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: db, namespace: ${NS} }\nspec: { minAvailable: 2, selector: { matchLabels: { app: db } } }\n`;
      const { verdict: made } = await on.change('cluster_apply', {
        manifest: join(workload('StatefulSet', 'db', 'volumes: [{ name: tmp, emptyDir: {} }]'), budget),
      });
      expect(made.ok, made.evidence.join('; ')).toBe('yes');
      const node = String((await podsOf('db')).map(({ spec }) => (spec as { nodeName?: string }).nodeName)[0]);
      const loosen = {
        kind: 'PodDisruptionBudget',
        namespace: NS,
        name: 'db',
        type: 'merge',
        patch: 'spec: { minAvailable: 0 }',
      };
      let loosened: Promise<unknown> | undefined;
      const { draft, verdict, said } = await on.change(
        'cluster_drain',
        { node, delete_unmanaged: true },
        {
          onProgress: (message) => {
            if (message.includes('PodDisruptionBudget')) loosened ??= on.change('cluster_patch', loosen);
          },
        },
      );
      await loosened;
      expect(said.some((message) => message.includes('PodDisruptionBudget holds it'))).toBe(true);
      expect(verdict.ok, verdict.evidence.join('; ')).toBe('yes');
      expect(draft.preview).toMatch(/db-\d \(emptyDir data lost\)/);
      expect(await on.misfits(draft)).toEqual([]);
      const back = await on.change('cluster_uncordon', { node });
      expect(back.verdict.ok).toBe('yes');
    });

    test('drain: a cancelled one stops before the next pod and says so', async () => {
      const budget = {
        kind: 'PodDisruptionBudget',
        namespace: NS,
        name: 'db',
        type: 'merge',
        patch: 'spec: { minAvailable: 2 }',
      };
      await on.change('cluster_patch', budget);
      const node = String((await podsOf('db')).map(({ spec }) => (spec as { nodeName?: string }).nodeName)[0]);
      const stop = new AbortController();
      const drained = on.change(
        'cluster_drain',
        { node, delete_unmanaged: true },
        { signal: stop.signal, onProgress: (message) => message.includes('holds it') && stop.abort() },
      );
      await expect(drained).rejects.toMatchObject({ code: 'cancelled' });
      expect((await on.change('cluster_uncordon', { node })).verdict.ok).toBe('yes');
      await on.change('cluster_patch', { ...budget, patch: 'spec: { minAvailable: 0 }' });
    });

    test('cordon', async () => {
      const [node] = await client.listAll(await client.kind('v1/Node', signal), {}, signal);
      const name = node?.metadata.name;
      expect((await on.change('cluster_cordon', { node: name })).verdict).toMatchObject({ ok: 'yes' });
      expect((await on.change('cluster_uncordon', { node: name })).verdict).toMatchObject({ ok: 'yes' });
    });

    test('drain: a pod that nothing makes again stops the plan unless it may be lost', async () => {
      const bare = `apiVersion: v1\nkind: Pod\nmetadata: { name: bare, namespace: ${NS} }\nspec: { containers: [{ name: a, image: "nginx:1.27" }] }\n`;
      await on.change('cluster_apply', { manifest: bare });
      const pod = await client.get({ kind: await client.kind('v1/Pod', signal), namespace: NS, name: 'bare' }, signal);
      const node = (pod['spec'] as { nodeName: string }).nodeName;
      await expect(on.plan('cluster_drain', { node })).rejects.toMatchObject({ code: 'unmanaged_pods' });
      expect((await on.plan('cluster_drain', { node, delete_unmanaged: true })).preview).toContain(
        `${NS}/bare (lost: no controller)`,
      );
    });

    test('delete: says what goes along, and what cannot be brought back', async () => {
      const { draft, verdict } = await on.change('cluster_delete', { kind: 'Deployment', namespace: NS, name: 'web' });
      expect(labels(draft.effects)).toEqual(
        expect.arrayContaining([
          `remove deployments ${NS}/web`,
          expect.stringMatching(/^remove replicaSets /),
          expect.stringMatching(/^remove pods /),
        ]),
      );
      expect(draft.touches).toHaveLength(1);
      expect(draft.reversibility).toBe('externally_reversible');
      expect(verdict.ok, verdict.evidence.join('; ')).toBe('yes');
      const whole = await on.plan('cluster_delete', { kind: 'Namespace', name: NS });
      expect(whole).toMatchObject({ reversibility: 'irreversible', undo: null });
      expect(labels(whole.effects)).toContain(`remove statefulSets ${NS}/db`);
    });

    test('delete: the namespace is gone, or still going, never taken for still there', async () => {
      const { verdict } = await on.change('cluster_delete', { kind: 'ns', name: NS });
      expect(['yes', 'unknown']).toContain(verdict.ok);
      await expect(on.plan('cluster_delete', { kind: 'Namespace', name: 'no-such-namespace' })).rejects.toMatchObject({
        code: 'object_not_found',
      });
    });
  });
}
