import type { KubeJson } from '../json.ts';
import type { Condition } from './kinds.ts';
import { after, SECOND, withCondition, withoutCondition } from './support.ts';

export interface Backoff {
  mayTry(owner: KubeJson, now: Date): boolean;
  failed(owner: KubeJson, now: Date): void;
  forget(owner: KubeJson): void;
  nextTry(owner: KubeJson): Date | undefined;
}

/** Kubernetes goes on to 1,000 s; in a lab nobody wants to wait that long after putting right what was wrong. */
const LONGEST = 30 * SECOND;

/** Doubling waits per object; a new generation of the object starts anew. */
export const createBackoff = (): Backoff => {
  const waits = new Map<string, { until: Date; delayMs: number }>();
  const key = ({ metadata }: KubeJson): string => `${metadata.uid}/${metadata.generation ?? 0}`;
  return {
    mayTry: (owner, now) => (waits.get(key(owner))?.until ?? now) <= now,
    failed: (owner, now) => {
      const delayMs = Math.min((waits.get(key(owner))?.delayMs ?? SECOND / 2) * 2, LONGEST);
      waits.set(key(owner), { until: after(now, delayMs), delayMs });
    },
    forget: (owner) => void waits.delete(key(owner)),
    nextTry: (owner) => waits.get(key(owner))?.until,
  };
};

/** ReplicaFailure is set by a refusal and goes away when nothing is missing or pods could be made again. */
export const conditionsAfterCreate = (
  conditions: readonly Condition[] | undefined,
  missing: number,
  refusal: string | undefined,
  now: Date,
): readonly Condition[] => {
  if (refusal !== undefined) {
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: refusal } as const;
    return withCondition(conditions, failure, now);
  }
  return missing > 0 ? (conditions ?? []) : withoutCondition(conditions, 'ReplicaFailure');
};
