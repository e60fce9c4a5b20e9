import { expect, test } from 'vitest';
import type { KubeJson } from '../json.ts';
import { ApiFault } from './fault.ts';
import { matchesFields, parseFieldSelector } from './field-selector.ts';
import { matchesLabels, matchesSelector, parseLabelSelector, selectorText } from './selector.ts';

const labels = { app: 'web', tier: 'front', size: '3' };

test.each([
  ['', true],
  ['app=web', true],
  ['app==web,tier!=back', true],
  ['app in (db, web)', true],
  ['app notin (db),!gone', true],
  ['gone notin (x)', true],
  ['gone!=x', true],
  ['tier', true],
  ['!tier', false],
  ['size>2,size<4', true],
  ['size>3', false],
  ['app=db', false],
  ['gone in ()', false],
])('label selector %j matches: %s', (text, matches) => {
  expect(matchesLabels(parseLabelSelector(text), labels)).toBe(matches);
});

test.each(['a in', 'a in (b', 'a b', '-a', 'a=b c', 'a=-', 'a>x', ',', 'a,', '=a', 'a=b=c', '%'])(
  'label selector %j is a bad request',
  (text) => {
    expect(() => parseLabelSelector(text)).toThrow(ApiFault);
  },
);

test('a structured selector: labels and expressions together; none matches nothing, an empty one everything', () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['front', 'back'] },
      { key: 'gone', operator: 'DoesNotExist' },
    ],
  };
  expect(matchesSelector(selector, labels)).toBe(true);
  expect(matchesSelector(selector, { ...labels, gone: '' })).toBe(false);
  expect(matchesSelector({}, undefined)).toBe(true);
  expect(matchesSelector(undefined, labels)).toBe(false);
  expect(selectorText(selector)).toBe('app=web,!gone,tier in (back,front)');
});

const pod: KubeJson = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'media', uid: '1', resourceVersion: '1', creationTimestamp: '' },
  spec: { nodeName: 'node-1' },
  status: { phase: 'Running' },
};

test.each([
  ['spec.nodeName=node-1,status.phase!=Succeeded', true],
  ['metadata.name=b', false],
  ['spec.nodeName=', false],
  ['status.podIP=', true],
  ['spec.hostNetwork=false', true],
])('field selector %j matches: %s', (text, matches) => {
  expect(matchesFields(parseFieldSelector(text, 'pods'), pod)).toBe(matches);
});

test.each([
  ['metadata.labels=x', 'pods'],
  ['spec.replicas=1', 'deployments.apps'],
  ['nonsense', 'pods'],
  ['metadata.name=a=b', 'pods'],
])('field selector %j of %s is a bad request', (text, resource) => {
  expect(() => parseFieldSelector(text, resource)).toThrow(ApiFault);
});
