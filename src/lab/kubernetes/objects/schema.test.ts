import { expect, test } from 'vitest';
import { customShape, shapeOf } from './schema.ts';

const deployment = shapeOf({ group: 'apps', version: 'v1', kind: 'Deployment' });

test('a list of containers is merged by name, through references', () => {
  const containers = deployment?.field('spec')?.field('template')?.field('spec')?.field('containers');
  expect(containers).toMatchObject({ type: 'array', list: 'map', keys: ['name'], patchKey: 'name' });
  const ports = containers?.items?.field('ports');
  expect(ports?.keys).toEqual(['containerPort', 'protocol']);
  expect(ports?.items?.field('protocol')?.default).toBe('TCP');
});

test('strategies, atomic maps, quantities and int-or-string are told apart', () => {
  expect(deployment?.field('spec')?.field('strategy')?.patchStrategies).toEqual(['retainKeys']);
  expect(deployment?.field('spec')?.field('selector')?.atomic).toBe(true);
  const rolling = deployment?.field('spec')?.field('strategy')?.field('rollingUpdate');
  expect(rolling?.field('maxSurge')?.type).toBe('intOrString');
  const container = deployment?.field('spec')?.field('template')?.field('spec')?.field('containers')?.items;
  expect(container?.field('resources')?.field('limits')?.field('cpu')?.type).toBe('quantity');
  expect(container?.name).toBe('io.k8s.api.core.v1.Container');
});

test('an unserved kind has no shape, an unknown field none either', () => {
  expect(shapeOf({ group: 'nope.example', version: 'v1', kind: 'Nope' })).toBeUndefined();
  expect(deployment?.field('spec')?.field('replica')).toBeUndefined();
  expect(deployment?.field('metadata')?.field('labels')?.field('any')?.type).toBe('string');
});

test('a custom resource has the metadata of every object', () => {
  const shape = customShape({
    type: 'object',
    properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
  });
  expect(shape.field('spec')?.field('size')?.type).toBe('integer');
  expect(shape.field('metadata')?.field('finalizers')?.list).toBe('set');
});
