import { startLabCluster } from '../../../src/lab/kubernetes/cluster.ts';
import type { Target } from './client.ts';
import { kubernetesApiContract } from './suite.ts';

const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  status: {
    capacity: { cpu: '8', memory: '32Gi', pods: '110' },
    allocatable: { cpu: '8', memory: '32Gi', pods: '110' },
  },
});

async function openLab(): Promise<Target> {
  const lab = await startLabCluster({ port: 0, token: 'contract' });
  for (const name of ['node-1', 'node-2', 'node-3']) lab.api.create('nodes', node(name), 'kubelet');
  return { url: lab.url, token: 'contract', close: () => lab.close() };
}

kubernetesApiContract('the lab', openLab);
