/** Who has to say yes. `same_client` = a question in the asking client is enough; `other_principal` = it must come over another road. */
export type ApprovalKind = 'same_client' | 'other_principal';

export type Decision =
  | { readonly kind: 'allow'; readonly code: string; readonly reason: string }
  | { readonly kind: 'ask'; readonly code: string; readonly reason: string; readonly approval: ApprovalKind }
  | { readonly kind: 'deny'; readonly code: string; readonly reason: string };

const RANK = { allow: 0, ask: 1, deny: 2 } as const;
const rank = (decision: Decision): number =>
  RANK[decision.kind] + (decision.kind === 'ask' && decision.approval === 'other_principal' ? 0.5 : 0);

/** The stricter of two; the first one when they are equally strict. */
export const stricter = (a: Decision, b: Decision): Decision => (rank(b) > rank(a) ? b : a);

export const isStricter = (a: Decision, b: Decision): boolean => rank(a) > rank(b);
