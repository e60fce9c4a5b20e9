import { expect, test } from 'vitest';
import { kubernetesApiContract } from '../contract/kubernetes-api/suite.ts';
import { missingKubernetes, openKubernetes } from '../support/real-kubernetes.ts';

/** The oracle: what the lab promises is what a real control plane does. */
const missing = missingKubernetes();
if (missing === '') kubernetesApiContract('a real control plane', openKubernetes);
else {
  console.warn(`skipped: ${missing}`);
  test.skipIf(process.env['CI'] !== 'true')(`skipped: ${missing}`, () => expect.fail(missing));
}
