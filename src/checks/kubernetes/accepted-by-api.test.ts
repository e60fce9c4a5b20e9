import { expect, test } from 'vitest';
import type { Refusal } from '../../core/change.ts';
import { planned, run, worldOf } from '../testing.ts';
import check from './accepted-by-api.ts';

const target = { system: 'kubernetes', kind: 'CronJob', group: 'batch', namespace: 'apps', name: 'scraper' } as const;
const refused = (refusal: Partial<Refusal>, targets: readonly Refusal['target'][] = []) =>
  run(check, planned(worldOf({}), { targets, refusals: [{ target, code: 'invalid', message: 'no', ...refusal }] }));

test('a field that the API does not know, with the place where it belongs', () => {
  const field = 'spec.jobTemplate.spec.template.spec.nodeAffinity';
  const [finding] = refused({ code: 'unknown_field', field, message: `unknown field "${field}"` }).findings;
  expect(finding).toMatchObject({ severity: 'high', fingerprint: `K11:CronJob:apps/scraper:unknown_field:${field}` });
  expect(finding?.remedy).toContain('spec.affinity.nodeAffinity');
});

test('a value that is not valid, and a kind that does not exist', () => {
  expect(refused({}).status).toBe('fail');
  expect(refused({ code: 'unknown_kind' }).findings[0]?.lessons).toEqual(['arc-api-group-typo']);
});

test('a kind whose definition comes with the same change passes: it is applied first', () => {
  const runner = {
    system: 'kubernetes',
    kind: 'RunnerDeployment',
    group: 'actions.summerwind.dev',
    namespace: 'arc',
    name: 'x',
  } as const;
  const definition = (name: string) =>
    ({ system: 'kubernetes', kind: 'CustomResourceDefinition', group: 'apiextensions.k8s.io', name }) as const;
  expect(
    refused({ code: 'unknown_kind', target: runner }, [definition('runnerdeployments.actions.summerwind.dev')]).status,
  ).toBe('pass');
  expect(
    refused({ code: 'unknown_kind', target: runner }, [definition('runnerdeployments.actions.summerwind.net')]).status,
  ).toBe('fail');
});

test('conflicts and rights are not its business, and without a change it does not apply', () => {
  expect(refused({ code: 'conflict' }).status).toBe('pass');
  expect(run(check, worldOf({})).status).toBe('not_applicable');
});

test('is unknown when the change cannot be seen', () => {
  expect(run(check, worldOf({}, ['change'])).status).toBe('unknown');
});
