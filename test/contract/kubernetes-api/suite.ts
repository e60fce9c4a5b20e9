import { afterAll, beforeAll, describe } from 'vitest';
import { applyTests } from './applies.ts';
import { Client, type Target } from './client.ts';
import { deletionTests } from './deletions.ts';
import { errorTests } from './errors.ts';
import { listTests, watchTests } from './lists.ts';
import { evictionTests, podSecurityTests } from './policies.ts';
import { patchTests, writeTests } from './writes.ts';

const SECTIONS: readonly ((client: () => Client) => void)[] = [
  patchTests,
  writeTests,
  applyTests,
  listTests,
  watchTests,
  deletionTests,
  evictionTests,
  podSecurityTests,
  errorTests,
];

/**
 * What a Kubernetes API promises to the product, over raw HTTP. The cluster must have nodes on which pods run, and be
 * disposable: every test makes a namespace and leaves it.
 */
export function kubernetesApiContract(name: string, open: () => Promise<Target>): void {
  describe(`Kubernetes API: ${name}`, () => {
    let target: Target | undefined;
    let client: Client | undefined;
    beforeAll(async () => {
      target = await open();
      client = new Client(target);
    }, 120_000);
    afterAll(async () => target?.close());
    for (const section of SECTIONS)
      section(() => {
        if (!client) throw new Error('the API is not open');
        return client;
      });
  });
}
