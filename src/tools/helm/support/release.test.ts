import { expect, test } from 'vitest';
import type { ReleaseRevision, ReleaseStatus } from '../../../clients/helm/contract.ts';
import { revisionToRollTo } from './release.ts';

const history = (...statuses: ReleaseStatus[]): ReleaseRevision[] =>
  statuses.map((status, index) => ({
    namespace: 'media',
    name: 'web',
    revision: statuses.length - index,
    status,
    chart: 'app',
    chartVersion: '1.0.0',
    appVersion: '',
    updatedAt: '',
    description: '',
    secret: { name: '', uid: '', resourceVersion: '' },
  }));
const to = (wanted: number | undefined, ...statuses: ReleaseStatus[]): number =>
  revisionToRollTo(history(...statuses), wanted, 'HelmRelease media/web').revision;

test('the newest earlier revision that was deployed, and never a failed one', () => {
  expect(to(undefined, 'deployed', 'superseded', 'superseded')).toBe(2);
  expect(to(undefined, 'failed', 'deployed', 'superseded')).toBe(2);
  expect(to(undefined, 'deployed', 'failed', 'superseded')).toBe(1);
  expect(to(undefined, 'uninstalled', 'superseded')).toBe(2);
  expect(to(1, 'deployed', 'superseded', 'superseded')).toBe(1);
});

test('the current one, a failed one and one that is not kept are refused', () => {
  expect(() => to(2, 'deployed', 'superseded')).toThrow(expect.objectContaining({ code: 'revision_is_current' }));
  expect(() => to(2, 'deployed', 'failed', 'superseded')).toThrow(expect.objectContaining({ code: 'no_revision' }));
  expect(() => to(9, 'deployed', 'superseded')).toThrow(expect.objectContaining({ code: 'no_revision' }));
  expect(() => to(undefined, 'deployed')).toThrow(expect.objectContaining({ code: 'no_revision' }));
});
