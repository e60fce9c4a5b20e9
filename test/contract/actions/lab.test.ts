import { startLab } from '../../../src/lab/lab.ts';
import { actionsContract } from './suite.ts';
import { openCluster } from './support.ts';

actionsContract('the lab', async () => {
  const lab = await startLab({ scenario: 'seed-1' });
  const kubeconfig = { text: lab.kubernetes.kubeconfig };
  return { client: openCluster(kubeconfig), kubeconfig, close: () => lab.close() };
});
