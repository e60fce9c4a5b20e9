import { expect, test } from 'vitest';
import type { KubeJson } from '../json.ts';
import { logQuery, selectLog } from './logs.ts';

const now = new Date('2026-11-01T12:00:00Z');
const lines = [60, 30, 10, 0].map((ago, index) => ({ at: new Date(+now - ago * 1000), text: `line ${index}` }));
const pod = (...names: string[]): KubeJson => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { containers: names.map((name) => ({ name })), initContainers: [] },
});
const shown = (query: string): string => selectLog(lines, logQuery(pod('c'), new URLSearchParams(query), now));

test.each([
  ['', 'line 0\nline 1\nline 2\nline 3\n'],
  ['tailLines=2', 'line 2\nline 3\n'],
  ['tailLines=0', ''],
  ['sinceSeconds=30', 'line 1\nline 2\nline 3\n'],
  ['sinceTime=2026-11-01T11:59:45Z', 'line 2\nline 3\n'],
  ['limitBytes=9', 'line 0\nli'],
  ['tailLines=1&timestamps=true', '2026-11-01T12:00:00.000000000Z line 3\n'],
])('%s', (query, text) => {
  expect(shown(query)).toBe(text);
});

test.each([
  ['tailLines=x', 400],
  ['tailLines=-1', 422],
  ['limitBytes=0', 422],
  ['sinceSeconds=0', 422],
  ['sinceSeconds=1&sinceTime=2026-11-01T11:59:45Z', 422],
])('%s is refused', (query, status) => {
  expect(() => shown(query)).toThrow(expect.objectContaining({ status }));
});

test('of several containers one has to be named, and it has to be there', () => {
  const ask = (query: string) => logQuery(pod('a', 'b'), new URLSearchParams(query), now);
  expect(() => ask('')).toThrow('choose one of: [a b]');
  expect(() => ask('container=z')).toThrow('container z is not valid for pod p');
  expect(ask('container=b').container).toBe('b');
});
