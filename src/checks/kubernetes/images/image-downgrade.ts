import * as z from 'zod';
import type { Effect } from '../../../core/effect.ts';
import { repositoryOf } from '../../../world/image-reference.ts';
import type { PodSpec } from '../../../world/kubernetes/pod.ts';
import { type Parts, partSchemas, replacedKey } from '../../../world/parts.ts';
import { defineCheck, type FoundFault } from '../../define.ts';
import { isOlderTag, tagOf } from './image-tags.ts';

export default defineCheck({
  id: 'K13',
  title: 'No change brings an older version of a program than the one that runs',
  severity: 'high',
  why: 'A chart or manifest that pins an older image than the live one takes a program back behind its own migrated data, and it does not start again. Going back is for the rollback actions, which ask a person.',
  needs: ['change', 'replaced'],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate: ({ change, replaced }) =>
    change.effects.flatMap((effect): readonly FoundFault[] => {
      const after = specOf(effect.part, effect.op === 'put' ? effect.value : undefined);
      const before = specOf(effect.part, replaced.get(replacedKey(effect.part, effect.id)));
      if (after === undefined || before === undefined) return [];
      const older = olderImages(before, after);
      return older.length === 0 ? [] : [faultOf(effect, older, change)];
    }),
});

const KINDS: Readonly<Record<string, string>> = {
  deployments: 'Deployment',
  statefulSets: 'StatefulSet',
  daemonSets: 'DaemonSet',
  cronJobs: 'CronJob',
};

/** The pod template of an object of one of these parts. */
function specOf(part: string, value: unknown): PodSpec | undefined {
  switch (part) {
    case 'deployments':
      return partSchemas.deployments.safeParse(value).data?.spec.template.spec;
    case 'statefulSets':
      return partSchemas.statefulSets.safeParse(value).data?.spec.template.spec;
    case 'daemonSets':
      return partSchemas.daemonSets.safeParse(value).data?.spec.template.spec;
    case 'cronJobs':
      return partSchemas.cronJobs.safeParse(value).data?.spec.jobTemplate.spec.template.spec;
    default:
      return undefined;
  }
}

interface Older {
  readonly container: string;
  readonly from: string;
  readonly to: string;
}

const containersOf = ({ initContainers, containers }: PodSpec) => [...initContainers, ...containers];

/** Containers are told apart by name; another repository is another program and no older version. */
function olderImages(before: PodSpec, after: PodSpec): readonly Older[] {
  const live = new Map(containersOf(before).map(({ name, image }) => [name, image]));
  return containersOf(after).flatMap(({ name, image }) => {
    const from = live.get(name);
    if (from === undefined || repositoryOf(from) !== repositoryOf(image)) return [];
    return isOlderTag(tagOf(image), tagOf(from)) ? [{ container: name, from, to: image }] : [];
  });
}

function faultOf({ part, id }: Effect, older: readonly Older[], { action }: Parts['change']): FoundFault {
  const target = `${KINDS[part] ?? part} ${id}`;
  const steps = older.map(({ from, to }) => `${tagOf(from) ?? ''} to ${tagOf(to) ?? ''}`);
  const isRollback = action.endsWith('_rollback') || action === 'helm_repair';
  return {
    target,
    message: `The change takes ${target} back from ${[...new Set(steps)].join(', ')}.`,
    evidence: older.map(({ container, from, to }) => `container ${container}: ${from} runs, ${to} is planned`),
    remedy: isRollback
      ? 'Make sure that the older version can read the data as it is now, and that a backup from before exists.'
      : 'Set the image to the version that runs, or a newer one; if going back is meant, use the rollback action, which asks a person.',
    fingerprint: `K13:${target}:${older.map(({ container, to }) => `${container}=${repositoryOf(to)}`).join('+')}`,
    lessons: ['values-only-apply-downgrades'],
    ...(isRollback && { introduced: 'ask' as const }),
  };
}
