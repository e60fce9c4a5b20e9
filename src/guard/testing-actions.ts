import * as z from 'zod';
import type { Touch } from '../core/change.ts';
import type { Draft, Precondition } from '../core/plan.ts';
import type { Action } from '../core/tool.ts';
import type { GuardedAction } from './actions.ts';
import { type FakeCluster, type FakeObject, idOf, KINDS, targetOf } from './testing-cluster.ts';

interface Clients {
  readonly kubernetes: FakeCluster;
}

const define = <I extends z.ZodObject, O>(action: Action<Clients, Clients, I, O>): GuardedAction => action;

const NamedObject = z.strictObject({ kind: z.string(), namespace: z.string().optional(), name: z.string() });
const Scale = z.strictObject({ namespace: z.string(), name: z.string(), replicas: z.int().min(0) });

const refOf = ({ kind, namespace, name }: z.output<typeof NamedObject>) => ({
  kind: { kind },
  ...(namespace !== undefined && { namespace }),
  name,
});

const existing = (object: FakeObject): Precondition => ({
  target: targetOf(object),
  uid: object.metadata.uid,
  version: object.metadata.resourceVersion,
});

const put = (object: FakeObject): Draft['effects'] => {
  const part = KINDS[object.kind]?.part;
  return part === undefined ? [] : [{ op: 'put', part, id: idOf(object.metadata), value: object }];
};

/** Sets `spec.replicas` of a Deployment. */
export const scale = define({
  name: 'fake_scale',
  title: 'Scale a workload',
  description: 'Sets replicas.',
  signature: '{namespace, name, replicas}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: Scale,
  targets: ({ namespace, name }) => [{ system: 'kubernetes', group: 'apps', kind: 'Deployment', namespace, name }],
  async plan({ namespace, name, replicas }, { clients, signal }) {
    const before = await clients.kubernetes.get({ kind: { kind: 'Deployment' }, namespace, name }, signal);
    const after = { ...before, spec: { ...before.spec, replicas } };
    return {
      preview: `replicas: ${String(before.spec?.['replicas'])} -> ${replicas}`,
      effects: put(after),
      preconditions: [existing(before)],
      touches: [{ target: targetOf(before), verb: 'patch' }],
      undo: 'Scale back.',
    };
  },
  async run({ namespace, name, replicas }, { clients, permit, signal }) {
    const before = await clients.kubernetes.get({ kind: { kind: 'Deployment' }, namespace, name }, signal);
    const after = { ...before, spec: { ...before.spec, replicas } };
    await clients.kubernetes.write({ target: targetOf(before), verb: 'patch' }, after, permit);
    return { replicas };
  },
  async verify({ namespace, name, replicas }, _result, { clients, signal }) {
    const now = await clients.kubernetes.get({ kind: { kind: 'Deployment' }, namespace, name }, signal);
    return {
      ok: now.spec?.['replicas'] === replicas ? 'yes' : 'no',
      evidence: [`replicas are ${String(now.spec?.['replicas'])}`],
    };
  },
});

/** Deletes any object. */
export const remove = define({
  name: 'fake_delete',
  title: 'Delete an object',
  description: 'Deletes.',
  signature: '{kind, namespace?, name}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: NamedObject,
  targets: ({ kind, namespace, name }) => [
    {
      system: 'kubernetes',
      group: KINDS[kind]?.group ?? '',
      kind,
      ...(namespace !== undefined && { namespace }),
      name,
    },
  ],
  async plan(input, { clients, signal }) {
    const before = await clients.kubernetes.get(refOf(input), signal);
    const part = KINDS[before.kind]?.part;
    return {
      preview: `${before.kind} goes`,
      effects: part === undefined ? [] : [{ op: 'remove', part, id: idOf(before.metadata) }],
      preconditions: [existing(before)],
      touches: [{ target: targetOf(before), verb: 'delete' }],
      undo: 'Apply the manifest again.',
    };
  },
  async run(input, { clients, permit, signal }) {
    const before = await clients.kubernetes.get(refOf(input), signal);
    await clients.kubernetes.write({ target: targetOf(before), verb: 'delete' }, undefined, permit);
  },
  async verify({ kind, ...id }, _result, { clients }) {
    const isGone =
      clients.kubernetes.object(
        kind,
        idOf({ name: id.name, ...(id.namespace !== undefined && { namespace: id.namespace }) }),
      ) === undefined;
    return { ok: isGone ? 'yes' : 'no', evidence: [isGone ? 'it is gone' : 'it is still there'] };
  },
});

/** Makes a Deployment that must not be there yet. */
export const create = define({
  name: 'fake_create',
  title: 'Make a workload',
  description: 'Creates.',
  signature: '{namespace, name, replicas}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: Scale,
  targets: ({ namespace, name }) => [{ system: 'kubernetes', group: 'apps', kind: 'Deployment', namespace, name }],
  async plan(input) {
    const object = made(input);
    const target = targetOf(object);
    return {
      preview: 'a new Deployment',
      effects: put(object),
      preconditions: [{ target, absent: true }],
      touches: [{ target, verb: 'create' }],
      undo: 'Delete it.',
    };
  },
  async run(input, { clients, permit }) {
    const object = made(input);
    await clients.kubernetes.write({ target: targetOf(object), verb: 'create' }, object, permit);
  },
  async verify({ namespace, name }, _result, { clients }) {
    const isThere = clients.kubernetes.object('Deployment', `${namespace}/${name}`) !== undefined;
    return { ok: isThere ? 'yes' : 'no', evidence: [] };
  },
});

const made = ({ namespace, name, replicas }: z.output<typeof Scale>): FakeObject => ({
  kind: 'Deployment',
  metadata: { namespace, name, uid: `uid-${name}`, resourceVersion: '1' },
  spec: { ...DEPLOYMENT_SPEC, replicas },
});

export const DEPLOYMENT_SPEC = {
  selector: { matchLabels: { app: 'web' } },
  template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
};

/** Cordons a node and evicts its pods, one write after the other. */
export const drain = define({
  name: 'fake_drain',
  title: 'Drain a node',
  description: 'Empties a node.',
  signature: '{node}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: z.strictObject({ node: z.string() }),
  targets: ({ node }) => [{ system: 'kubernetes', group: '', kind: 'Node', name: node }],
  async plan({ node }, { clients, signal }) {
    const before = await clients.kubernetes.get({ kind: { kind: 'Node' }, name: node }, signal);
    const pods = podsOn(clients.kubernetes, node);
    const evictions = pods.map((pod): Touch => ({ target: targetOf(pod), verb: 'evict' }));
    return {
      preview: pods.map((pod) => `- ${idOf(pod.metadata)}`).join('\n'),
      effects: [
        ...put(cordoned(before)),
        ...pods.map((pod) => ({ op: 'remove' as const, part: 'pods', id: idOf(pod.metadata) })),
      ],
      preconditions: [existing(before)],
      touches: [{ target: targetOf(before), verb: 'patch' }, ...evictions],
      undo: 'Uncordon it.',
    };
  },
  async run({ node }, { clients, permit, signal }) {
    const before = await clients.kubernetes.get({ kind: { kind: 'Node' }, name: node }, signal);
    await clients.kubernetes.write({ target: targetOf(before), verb: 'patch' }, cordoned(before), permit);
    for (const pod of podsOn(clients.kubernetes, node))
      await clients.kubernetes.write({ target: targetOf(pod), verb: 'evict' }, undefined, permit);
  },
  async verify({ node }, _result, { clients }) {
    const left = podsOn(clients.kubernetes, node).length;
    return { ok: left === 0 ? 'yes' : 'no', evidence: [`${left} pods are left`] };
  },
});

const podsOn = (cluster: FakeCluster, node: string): readonly FakeObject[] =>
  cluster.all('Pod').filter(({ spec }) => spec?.['nodeName'] === node);

const cordoned = (node: FakeObject): FakeObject => ({ ...node, spec: { ...node.spec, unschedulable: true } });
