import * as z from 'zod';
import { defineAction } from '../../define.ts';
import { cordonWrite, isCordoned, nodeKind, nodeTarget } from './cordon.ts';
import { Name } from './inputs.ts';
import { draftOf, planWrite } from './plan-write.ts';

/** Cordon and uncordon: one switch, and each is the undo of the other. */
export const cordonAction = (
  isOn: boolean,
  own: { readonly name: string; readonly title: string; readonly description: string; readonly undo: string },
) =>
  defineAction({
    name: own.name,
    title: own.title,
    description: own.description,
    signature: '{node}',
    reversibility: 'reversible',
    needs: ['kubernetes'],
    input: z.strictObject({ node: Name }),
    targets: ({ node }) => [nodeTarget(node)],
    async plan({ node }, { clients: { kubernetes }, signal }) {
      const kind = await nodeKind(kubernetes, signal);
      const before = await kubernetes.get({ kind, name: node }, signal);
      const planned = await planWrite(kubernetes, cordonWrite(kind, node, isOn), before, signal);
      return { ...draftOf([planned]), undo: own.undo };
    },
    async run({ node }, { clients: { kubernetes }, permit, signal }) {
      await kubernetes.write(cordonWrite(await nodeKind(kubernetes, signal), node, isOn), permit, signal);
    },
    async verify({ node }, _result, { clients: { kubernetes }, signal }) {
      const live = await kubernetes.get({ kind: await nodeKind(kubernetes, signal), name: node }, signal);
      const is = isCordoned(live) ? 'takes no new pods' : 'takes new pods';
      return { ok: isCordoned(live) === isOn ? 'yes' : 'no', evidence: [`Node ${node} ${is}`] };
    },
  });
