import { actionsContract } from '../contract/actions/suite.ts';
import { openCluster } from '../contract/actions/support.ts';
import { missingKubernetes, openKubernetes } from '../support/real-kubernetes.ts';
import { skipSuite } from '../support/skip.ts';

/** The actions on a real control plane. */
const missing = missingKubernetes();
if (missing !== '') skipSuite('kubernetes', missing);
else
  actionsContract('a real control plane', async () => {
    const real = await openKubernetes();
    const kubeconfig = { paths: [real.kubeconfig] };
    return { client: openCluster(kubeconfig), kubeconfig, close: () => real.close() };
  });
