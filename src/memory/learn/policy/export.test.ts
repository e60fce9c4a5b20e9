import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Lesson } from '../../../core/lesson.ts';
import { exportPolicy } from './export.ts';

const lessonOf = (when: string | undefined, more: object = {}): Lesson =>
  Lesson.parse({
    id: 'pin-images',
    title: 'Images are pinned here',
    symptom: 'The image could not be pulled',
    cause: 'Its tag was gone',
    fix: 'Pin it to a digest',
    severity: 'high',
    source: 'test',
    ...(when !== undefined && { guard: { when, effect: 'deny' } }),
    ...more,
  });

const read = async (when: string, more: object = {}) =>
  parseAllDocuments(await exportPolicy(lessonOf(when, more))).map(
    (document) => document.toJS() as { spec: Record<string, unknown> },
  );

const LATEST =
  "action.name == 'cluster_apply' && action.objects.exists(o, has(o.kind) && o.kind == 'Deployment' && o.spec.template.spec.containers.exists(c, has(c.image) && c.image.endsWith(':latest')))";

test('a guard over objects becomes a policy over the object, with its binding', async () => {
  const [policy, binding] = await read(LATEST);
  expect(policy).toMatchObject({
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'steward-pin-images', annotations: { 'steward.dev/lesson': 'pin-images' } },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
        ],
      },
      validations: [{ message: 'Images are pinned here. Pin it to a digest' }],
    },
  });
  const { expression } = (policy!['spec'] as { validations: { expression: string }[] }).validations[0]!;
  expect(expression).toMatch(/^!\(/);
  expect(expression).toContain("c.image.endsWith(':latest')");
  expect(expression).not.toContain('action');
  expect(binding).toMatchObject({
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName: 'steward-pin-images', validationActions: ['Deny'] },
  });
});

test('what would ask warns, and kinds come from the selectors when the guard names none; Pod means workloads too', async () => {
  const guard = {
    when: "action.objects.exists(o, has(o.metadata.labels) && 'a/b' in o.metadata.labels)",
    effect: 'ask',
  };
  const [policy, binding] = await read('true', { guard, applies_to: { kinds: ['Pod'] } });
  expect(binding).toMatchObject({ spec: { validationActions: ['Warn', 'Audit'] } });
  const { resourceRules } = (policy!['spec'] as { matchConstraints: { resourceRules: { resources: string[] }[] } })
    .matchConstraints;
  expect(resourceRules.flatMap(({ resources }) => resources)).toEqual(
    expect.arrayContaining(['pods', 'deployments', 'cronjobs']),
  );
});

test.each([
  ['the input', 'has(action.input.replicas) && action.input.replicas < 2', /action\.input/],
  ['a deletion', "action.name == 'cluster_delete' && 'Service' in action.kinds", /cluster_delete/],
  ['another action than some', "!(action.name == 'cluster_apply') && 'Service' in action.kinds", /action\.name/],
  ['checks', "'K01' in action.checks", /action\.checks/],
  ['counting objects', 'size(action.objects) > 3', /objects/],
  ['an unknown function', "action.objects.exists(o, o.kind.launch('x'))", /launch/],
  ['the action inside of an object', 'action.objects.exists(o, o.kind in action.kinds)', /action/],
  ['nothing about the object', "action.name == 'cluster_apply'", /nothing/],
])('what the API server cannot see is refused: %s', async (_, when, reason) => {
  const refused = exportPolicy(lessonOf(when, { applies_to: { kinds: ['Service'] } }));
  await expect(refused).rejects.toMatchObject({
    code: 'policy_not_translatable',
    message: expect.stringMatching(reason),
  });
});

test('only a confirmed lesson with a guard about known kinds', async () => {
  await expect(exportPolicy(lessonOf(LATEST, { status: 'candidate' }))).rejects.toMatchObject({
    code: 'policy_not_confirmed',
  });
  await expect(exportPolicy(lessonOf(undefined))).rejects.toMatchObject({ code: 'policy_no_guard' });
  const anything = "action.objects.exists(o, o.kind == 'Widget')";
  await expect(exportPolicy(lessonOf(anything))).rejects.toMatchObject({ code: 'policy_no_kinds' });
  await expect(exportPolicy(lessonOf('action.objects.exists(o, has(o.spec))'))).rejects.toMatchObject({
    code: 'policy_no_kinds',
  });
});
