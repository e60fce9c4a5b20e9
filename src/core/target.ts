/** The outside systems a target can live in. */
export type System = 'kubernetes' | 'proxmox' | 'zfs' | 'helm' | 'power';

/**
 * One thing that an action may touch.
 * For Kubernetes `kind` is the kind and `group` its API group ('' or absent = core); `namespace` is absent for cluster-scoped kinds.
 */
export interface Target {
  readonly system: System;
  readonly kind: string;
  readonly group?: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Stable text of a target, e.g. `kubernetes:apps/Deployment/media/jellyfin` or `kubernetes:Node/k3s-agent-1`. */
export const targetKey = ({ system, group, kind, namespace, name }: Target): string =>
  `${system}:${[group || undefined, kind, namespace, name].filter((part) => part !== undefined).join('/')}`;

/** What people read: `Deployment media/jellyfin`. */
export const targetLabel = ({ kind, namespace, name }: Target): string =>
  `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
