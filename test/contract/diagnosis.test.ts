import { afterAll, expect, test } from 'vitest';
import { checks } from '../../src/checks/catalogue.ts';
import { runChecks } from '../../src/checks/run.ts';
import { createKubernetesClient } from '../../src/clients/kubernetes/client.ts';
import { systemClock } from '../../src/core/clock.ts';
import { randomId } from '../../src/core/ids.ts';
import { startLab } from '../../src/lab/lab.ts';
import { createRegistry } from '../../src/tools/registry.ts';
import { caller } from '../../src/tools/testing.ts';
import { fakeLessons } from '../../src/tools/testing-plan.ts';
import { toolsets } from '../../src/tools/toolsets.ts';
import { createWorldReader } from '../../src/world/create-reader.ts';

/** `cluster_diagnose` on the faults of the lab: the first sentence names the root cause. */
const closing: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function diagnose(scenario: string, namespace: string, name: string): Promise<string> {
  const lab = await startLab({ scenario });
  const kubernetes = createKubernetesClient({
    kubeconfig: { text: lab.kubernetes.kubeconfig },
    clock: systemClock,
    checkPermit: () => {
      throw new Error('a diagnosis writes nothing');
    },
  });
  closing.push(
    () => kubernetes.close(),
    () => lab.close(),
  );
  const world = createWorldReader({ kubernetes, clock: systemClock });
  const audit = {
    run: async ({ signal }: { signal: AbortSignal }) =>
      runChecks(checks, await world.world({ maxAgeMs: 10_000, signal }), { now: systemClock.now() }),
  };
  const clients = { kubernetes, world, audit, lessons: fakeLessons() };
  const registry = createRegistry({ toolsets, clients, clock: systemClock, random: randomId });
  return (await registry.call('cluster_diagnose', { namespace, name }, caller())).text;
}

test.each([
  ['crash-loop-oom', 'trade-bot', 'trade-bot', /NOT healthy.*more memory than its limit/],
  ['psa-restricted', 'media', 'radarr', /NOT healthy.*PodSecurity forbids them/],
  ['pvc-stuck', 'media', 'lidarr', /NOT healthy.*volume claim media\/lidarr-config is Pending/],
  ['pvc-stuck', 'media', 'bazarr', /NOT healthy.*volume cannot be attached or mounted/],
  ['amd64-on-arm64', 'cardboard', 'selenium-chrome', /NOT healthy.*another processor architecture/],
  ['selector-trap', 'cardboard', 'cardboard-web', /is running.*K01.*cardboard-postgres/],
  ['expired-token-cronjob', 'cardboard', 'nightly-report', /NOT healthy.*image cannot be pulled/],
  ['seed-1', 'media', 'jellyfin', /is running: 1 of 1 pods healthy\. Nothing wrong found\./],
])('%s: %s/%s', async (scenario, namespace, name, cause) => {
  const [first] = (await diagnose(scenario, namespace, name)).split('\n');
  expect(first).toMatch(cause);
});
