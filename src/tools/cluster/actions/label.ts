import * as z from 'zod';
import type { KubeKind, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import { inputError } from '../../../core/errors.ts';
import { targetLabel } from '../../../core/target.ts';
import { defineAction } from '../../define.ts';
import { refOf } from '../support/find.ts';
import { Kind, Name, Namespace } from '../support/inputs.ts';
import { textAt } from '../support/json.ts';
import { resolveTarget, targetOf } from '../support/kinds.ts';
import { draftOf, planWrite } from '../support/plan-write.ts';

const Pairs = z.record(z.string().min(1).max(317), z.string().max(4000)).default({});
const Keys = z.array(z.string().min(1).max(317)).max(50).default([]);

const Input = z.strictObject({
  kind: Kind,
  namespace: Namespace.optional(),
  name: Name,
  labels: Pairs,
  annotations: Pairs,
  remove_labels: Keys,
  remove_annotations: Keys,
});

export default defineAction({
  name: 'cluster_label',
  title: 'Set labels and annotations',
  description: 'Set or remove labels and annotations of one object.',
  signature:
    '{kind, namespace?, name, labels?: {key: value}, annotations?: {key: value}, remove_labels?: [key], remove_annotations?: [key]}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: Input,
  targets: (input) => [targetOf(input)],
  async plan(input, { clients: { kubernetes }, signal }) {
    const target = targetOf(input);
    const kind = await resolveTarget(kubernetes, target, signal);
    const before = await kubernetes.get(refOf(kind, target), signal);
    const planned = await planWrite(kubernetes, writeOf(input, kind), before, signal);
    return { ...draftOf([planned]), undo: 'cluster_label with the values on the lines marked "-".' };
  },
  async run(input, { clients: { kubernetes }, permit, signal }) {
    const kind = await resolveTarget(kubernetes, targetOf(input), signal);
    await kubernetes.write(writeOf(input, kind), permit, signal);
  },
  async verify(input, _result, { clients: { kubernetes }, signal }) {
    const target = targetOf(input);
    const live = await kubernetes.get(refOf(await resolveTarget(kubernetes, target, signal), target), signal);
    const wrong = Object.entries(changesOf(input)).flatMap(([place, pairs]) =>
      Object.entries(pairs).flatMap(([key, value]) =>
        textAt(live, 'metadata', place, key) === (value ?? undefined) ? [] : [`${place} ${key}`],
      ),
    );
    if (wrong.length > 0)
      return { ok: 'no', evidence: [`${targetLabel(target)} is not as asked: ${wrong.join(', ')}`] };
    return { ok: 'yes', evidence: [`${targetLabel(target)} has the labels and annotations that were asked for`] };
  },
});

type Input = z.output<typeof Input>;
type Changes = Readonly<Record<'labels' | 'annotations', Readonly<Record<string, string | null>>>>;

const gone = (keys: readonly string[]): Record<string, null> => Object.fromEntries(keys.map((key) => [key, null]));

function changesOf({ labels, annotations, remove_labels, remove_annotations }: Input): Changes {
  const changes = {
    labels: { ...labels, ...gone(remove_labels) },
    annotations: { ...annotations, ...gone(remove_annotations) },
  };
  if (Object.values(changes).some((pairs) => Object.keys(pairs).length > 0)) return changes;
  throw inputError(
    'nothing_to_do',
    'Unable to plan the labels: nothing is set and nothing removed.',
    'Give labels, annotations, remove_labels or remove_annotations.',
  );
}

const writeOf = (input: Input, kind: KubeKind): KubeWrite & { verb: 'patch' } => ({
  verb: 'patch',
  ref: refOf(kind, targetOf(input)),
  type: 'merge',
  body: { metadata: changesOf(input) },
});
