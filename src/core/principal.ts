import type { Target } from './target.ts';

/** What a principal may do; `approve` is never given to a token that an agent uses. */
export const SCOPES = ['read', 'plan', 'operate', 'approve', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is asking: a person through a client, or a service. */
export interface Principal {
  /** `<person>/<client>`, e.g. `alice/claude-code`, `svc/auditor`. */
  readonly id: string;
  readonly scopes: readonly Scope[];
  /** Namespace patterns with `*`; `['*']` is every namespace and everything cluster-scoped. */
  readonly namespaces: readonly string[];
}

/** One run of one client. Taint belongs to it, is sticky, and is recorded in every plan. */
export interface Session {
  readonly id: string;
  readonly principal: Principal;
  /** Outside text this session has read: `log`, `event`, `annotation` ... */
  readonly taint: Set<string>;
}

export const hasScope = (principal: Principal, scope: Scope): boolean =>
  principal.scopes.includes(scope) || principal.scopes.includes('admin');

const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`).test(text);

/**
 * Helm's namespaces are those of Kubernetes. The `namespace` of other systems is a host: namespace patterns say nothing about
 * those, so that only `*` covers them.
 */
export const coversTarget = (
  principal: Principal,
  { system, namespace }: Pick<Target, 'system' | 'namespace'>,
): boolean => coversNamespace(principal, system === 'kubernetes' || system === 'helm' ? namespace : undefined);

const escapeRegExp = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Whether the principal may touch this namespace; `undefined` (cluster-scoped) needs `*`. */
export const coversNamespace = (principal: Principal, namespace: string | undefined): boolean =>
  principal.namespaces.some((pattern) => pattern === '*' || (namespace !== undefined && matches(pattern, namespace)));
