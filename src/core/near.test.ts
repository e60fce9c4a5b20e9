import { expect, test } from 'vitest';
import { nearest } from './near.ts';

test('near names come first, far ones not at all', () => {
  expect(nearest('Deploymnet', ['Deployment', 'DaemonSet', 'Service'])).toEqual(['Deployment']);
  expect(nearest('cluster_scal', ['cluster_restart', 'cluster_scale', 'cluster_label'])[0]).toBe('cluster_scale');
  expect(nearest('zzz', ['Deployment'])).toEqual([]);
});
