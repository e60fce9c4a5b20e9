import { stringify } from 'yaml';

/** A kubeconfig for a lab, as YAML: one cluster, one user, one context, all called `lab`. */
export function kubeconfigFor(url: string, token?: string, namespace = 'default'): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    clusters: [{ name: 'lab', cluster: { server: url } }],
    users: [{ name: 'lab', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab', namespace } }],
  });
}
