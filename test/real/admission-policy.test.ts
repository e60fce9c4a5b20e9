import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Lesson } from '../../src/core/lesson.ts';
import { Guards } from '../../src/memory/guard.ts';
import { exampleOf } from '../../src/memory/learn/example.ts';
import { generateGuard } from '../../src/memory/learn/generate-guard.ts';
import { exportPolicy, type PolicyAction } from '../../src/memory/learn/policy/export.ts';
import { loadLessons } from '../../src/memory/lesson-file.ts';
import { proposalOf } from '../../src/memory/testing.ts';
import { type Answer, Client, eventually } from '../contract/kubernetes-api/client.ts';
import { openScene, type Scene } from '../contract/kubernetes-api/scene.ts';
import { missingKubernetes, openKubernetes, type RealKubernetes } from '../support/real-kubernetes.ts';
import { skipSuite } from '../support/skip.ts';

/** What is exported from a guard is enforced by the cluster itself: the bad object is refused, its harmless neighbour is not. */
const missing = missingKubernetes();
if (missing === '')
  describe('guards as admission policies on a real control plane', () => {
    let cluster: RealKubernetes;
    let scene: Scene;
    const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
    beforeAll(async () => {
      cluster = await openKubernetes();
      scene = await openScene(new Client(cluster));
    });
    afterAll(() => cluster.close());

    const dryRun = (resource: string, object: object): Promise<Answer> =>
      scene.client.post(`${scene.path(resource)}?dryRun=All`, object);

    /** Creates the exported documents as kubectl would, and takes them away again when `work` is done. */
    async function enforced(
      lesson: Lesson,
      actions: readonly PolicyAction[],
      work: () => Promise<void>,
    ): Promise<void> {
      const documents = parseAllDocuments(await exportPolicy(lesson, { actions })).map(
        (document) => document.toJS() as { kind: string; metadata: { name: string } },
      );
      const paths = documents.map(({ kind }) =>
        kind.endsWith('Binding') ? policies.replace('policies', 'policybindings') : policies,
      );
      for (const [at, document] of documents.entries())
        expect((await scene.client.post(paths[at]!, document)).body).toMatchObject({ kind: document.kind });
      try {
        await work();
        const { body } = await scene.client.get(`${policies}/${documents[0]!.metadata.name}`);
        expect(body.status?.typeChecking?.expressionWarnings ?? []).toEqual([]);
      } finally {
        for (const [at, { metadata }] of documents.entries())
          await scene.client.delete(`${paths[at]}/${metadata.name}`);
      }
    }

    /** A policy takes a moment until it is enforced. */
    const refused = (resource: string, object: object): Promise<Answer> =>
      eventually(
        () => dryRun(resource, object),
        ({ code }) => code === 422,
      );

    const lessonOf = (id: string, when: string, more: object = {}): Lesson =>
      Lesson.parse({
        id,
        title: 'Images are pinned here',
        symptom: 'The image could not be pulled',
        cause: 'Its tag was gone',
        fix: 'Pin it to a digest',
        severity: 'high',
        source: 'test',
        guard: { when, effect: 'deny' },
        ...more,
      });

    const deployment = (image: string, name = 'web') => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: scene.namespace, labels: { app: name } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
      },
    });

    test('a guard that was generated from a failure and a harmless change', async () => {
      const [bad, good] = [deployment('web:latest'), deployment('web:1.2.3')].map((object) =>
        exampleOf(proposalOf('cluster_apply', [], { objects: [object] })),
      );
      const lesson = lessonOf('no-floating-tag', 'false');
      const guard = await generateGuard(new Guards(), lesson, [bad!], [good!]);
      await enforced({ ...lesson, guard: { when: guard!.when, effect: 'deny' } }, ['Deny'], async () => {
        const { body } = await refused('deployments', deployment('web:latest'));
        expect(body.message).toContain('Images are pinned here. Pin it to a digest');
        expect((await dryRun('deployments', deployment('web:1.2.3'))).code).toBe(201);
      });
    });

    test('a warning where the guard would ask', async () => {
      const when =
        "'Service' in action.kinds && action.objects.exists(o, has(o.spec.type) && o.spec.type == 'NodePort')";
      const service = (type: string) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { type, ports: [{ port: 80 }] },
      });
      await enforced(lessonOf('no-node-port', when), ['Warn', 'Audit'], async () => {
        const warned = await eventually(
          () => dryRun('services', service('NodePort')),
          ({ warnings }) => warnings.length > 0,
        );
        expect([warned.code, warned.warnings[0]]).toEqual([201, expect.stringContaining('Images are pinned here')]);
        expect((await dryRun('services', service('ClusterIP'))).warnings).toEqual([]);
      });
    });

    test('names, namespaces and the kinds of workloads', async () => {
      const when = `action.verb in ['apply', 'patch'] && '${scene.namespace}' in action.namespaces && 'frozen' in action.names && action.kinds.exists(k, k == 'Pod')`;
      await enforced(lessonOf('frozen-here', when), ['Deny'], async () => {
        await refused('deployments', deployment('web:1', 'frozen'));
        expect((await dryRun('deployments', deployment('web:1', 'other'))).code).toBe(201);
      });
    });

    test('the guards of the lessons of this package: exported and enforced, or refused with a reason', async () => {
      const { lessons } = await loadLessons(new URL('../../lessons', import.meta.url).pathname);
      const told: Record<string, string> = {};
      for (const lesson of lessons.filter(({ guard }) => guard !== undefined))
        told[lesson.id] = await exportPolicy(lesson).then(
          () => 'exported',
          (error: { code: string }) => error.code,
        );
      expect(told).toMatchObject({ 'k8s-service-selector-overmatch': 'exported' });
      const service = (component: object) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'paperless' },
        spec: { selector: { 'app.kubernetes.io/name': 'paperless', ...component }, ports: [{ port: 80 }] },
      });
      const overmatch = lessons.find(({ id }) => id === 'k8s-service-selector-overmatch');
      await enforced(overmatch!, ['Deny'], async () => {
        await refused('services', service({}));
        expect((await dryRun('services', service({ 'app.kubernetes.io/component': 'web' }))).code).toBe(201);
      });
    });
  });
else skipSuite('kubernetes', missing);
