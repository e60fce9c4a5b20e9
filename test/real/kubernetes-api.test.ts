import { kubernetesApiContract } from '../contract/kubernetes-api/suite.ts';
import { missingKubernetes, openKubernetes } from '../support/real-kubernetes.ts';
import { skipSuite } from '../support/skip.ts';

/** The oracle: what the lab promises is what a real control plane does. */
const missing = missingKubernetes();
if (missing === '') kubernetesApiContract('a real control plane', openKubernetes);
else skipSuite('kubernetes', missing);
