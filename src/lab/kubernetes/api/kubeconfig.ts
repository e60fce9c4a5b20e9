import { stringify } from 'yaml';

/** How a client gets in, when not everybody may. */
export interface KubeconfigAccess {
  readonly token?: string | undefined;
  /** PEM of the authority behind the server's certificate. */
  readonly certificate?: string | undefined;
}

/** A kubeconfig for a lab, as YAML: one cluster, one user, one context, all called `lab`. */
export function kubeconfigFor(url: string, { token, certificate }: KubeconfigAccess = {}): string {
  const authority = certificate && { 'certificate-authority-data': Buffer.from(certificate).toString('base64') };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    clusters: [{ name: 'lab', cluster: { server: url, ...authority } }],
    users: [{ name: 'lab', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab', namespace: 'default' } }],
  });
}
