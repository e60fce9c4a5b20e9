import type { Taint, Toleration } from './kinds.ts';

const tolerates = (toleration: Toleration, taint: Taint): boolean => {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  if (toleration.key !== undefined && toleration.key !== '' && toleration.key !== taint.key) return false;
  if ((toleration.operator ?? 'Equal') === 'Exists') return true;
  return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
};

export const tolerationOf = (taint: Taint, tolerations: readonly Toleration[] | undefined): Toleration | undefined =>
  (tolerations ?? []).find((toleration) => tolerates(toleration, taint));

/** The first taint that keeps a pod away; `PreferNoSchedule` never does. */
export const untolerated = (
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[] = ['NoSchedule', 'NoExecute'],
): Taint | undefined =>
  (taints ?? []).find((taint) => effects.includes(taint.effect) && !tolerationOf(taint, tolerations));
