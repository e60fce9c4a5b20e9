import * as z from 'zod';
import { defineAction } from '../../define.ts';
import { cordonWrite, isCordoned, nodeKind, nodeTarget } from '../support/cordon.ts';
import { Name } from '../support/inputs.ts';
import { draftOf, planWrite } from '../support/plan-write.ts';

export default defineAction({
  name: 'cluster_cordon',
  title: 'Cordon a node',
  description: 'Keep new pods away from a node; pods on it stay.',
  signature: '{node}',
  reversibility: 'reversible',
  needs: ['kubernetes'],
  input: z.strictObject({ node: Name }),
  targets: ({ node }) => [nodeTarget(node)],
  async plan({ node }, { clients: { kubernetes }, signal }) {
    const kind = await nodeKind(kubernetes, signal);
    const before = await kubernetes.get({ kind, name: node }, signal);
    const planned = await planWrite(kubernetes, cordonWrite(kind, node, true), before, signal);
    return { ...draftOf([planned]), undo: 'cluster_uncordon.' };
  },
  async run({ node }, { clients: { kubernetes }, permit, signal }) {
    await kubernetes.write(cordonWrite(await nodeKind(kubernetes, signal), node, true), permit, signal);
  },
  async verify({ node }, _result, { clients: { kubernetes }, signal }) {
    const live = await kubernetes.get({ kind: await nodeKind(kubernetes, signal), name: node }, signal);
    const is = isCordoned(live) ? 'takes no new pods' : 'takes new pods';
    return { ok: isCordoned(live) === true ? 'yes' : 'no', evidence: [`Node ${node} ${is}`] };
  },
});
