import { afterAll, expect, test } from 'vitest';
import { checks } from '../../src/checks/catalogue.ts';
import { runChecks } from '../../src/checks/run.ts';
import { createKubernetesClient } from '../../src/clients/kubernetes/client.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CheckResult, Finding } from '../../src/core/finding.ts';
import { bySeverity } from '../../src/core/severity.ts';
import { startLab } from '../../src/lab/lab.ts';
import { loadScenario, scenarioNames } from '../../src/lab/scenarios/load.ts';
import type { Expectation } from '../../src/lab/scenarios/schema.ts';
import { createWorldReader } from '../../src/world/create-reader.ts';
import { canonicalImage, repositoryOf } from '../../src/world/image-reference.ts';
import type { ImagePlatforms } from '../../src/world/kubernetes/images.ts';
import { proxmoxOf } from '../support/proxmox.ts';
import { zfsOf } from '../support/zfs.ts';

/** Scenarios through the whole road of an audit: lab API, client, gatherers, checks. */
const closing: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function audit(name: string): Promise<readonly CheckResult[]> {
  const lab = await startLab({ scenario: name });
  const client = createKubernetesClient({
    kubeconfig: { text: lab.kubernetes.kubeconfig },
    clock: systemClock,
    checkPermit: () => {
      throw new Error('an audit writes nothing');
    },
  });
  const zfs = zfsOf(lab);
  const proxmox = proxmoxOf(lab);
  closing.push(
    () => zfs?.close(),
    () => proxmox?.close(),
    () => client.close(),
    () => lab.close(),
  );
  const reader = createWorldReader({
    kubernetes: client,
    ...(zfs && { zfs: zfs.hosts }),
    ...(proxmox && { proxmox: proxmox.clusters }),
    images: registryOf(name),
    clock: systemClock,
  });
  const world = await reader.world({ maxAgeMs: 0, signal: AbortSignal.timeout(20_000) });
  return runChecks(checks, world, { now: systemClock.now() });
}

/** The registry of the lab's world; an image that no scenario describes is offered for both platforms. */
function registryOf(name: string): ImagePlatforms {
  const { images } = loadScenario(name);
  const known = new Map(
    Object.entries(images).map(([image, { platforms }]) => [
      image.includes(':') ? canonicalImage(image) : repositoryOf(image),
      platforms,
    ]),
  );
  return {
    platformsOf: async (image) =>
      (known.get(image) ?? known.get(repositoryOf(image)) ?? ['amd64', 'arm64']).map((arch) => `linux/${arch}`),
  };
}

/** `Kind/namespace/name` of a scenario is `Kind namespace/name` of a finding. */
const labelOf = (object: string): string => object.replace('/', ' ');

/** A finding is about its target and about what it names: a Service and the two workloads it hits. */
const isAbout = ({ target, message, evidence }: Finding, object: string): boolean => {
  const name = object.split('/').slice(1).join('/');
  return (
    target === labelOf(object) ||
    [target, message, ...evidence].some((text) => text.includes(name)) ||
    isInside(target, object)
  );
};

/** `Namespace/media` stands for what is in it. */
const isInside = (target: string, object: string): boolean =>
  object.startsWith('Namespace/') && target.includes(` ${object.slice('Namespace/'.length)}/`);

/** Scenarios may already expect checks that are still to be written. */
const exists = ({ check }: Expectation): boolean => checks.some(({ id }) => id === check);

test.each(scenarioNames())(
  '%s: the checks find what the scenario says, and nothing else above low',
  { timeout: 90_000 },
  async (name) => {
    const { expect: expected, expectNot, expectUnknown } = loadScenario(name);
    const results = await audit(name);
    const findings = results.flatMap((result) => result.findings).filter((finding) => finding.unknown !== true);
    const missing = expected
      .filter(exists)
      .flatMap(({ check, on }) => (on.length === 0 ? [''] : on).map((object) => ({ check, object })))
      .filter(
        ({ check, object }) =>
          !findings.some((each) => each.check === check && (object === '' || isAbout(each, object))),
      );
    expect(missing).toEqual([]);
    const nearMisses = findings.filter((finding) =>
      expectNot.some(
        ({ check, on }) => check === finding.check && (on.length === 0 || on.map(labelOf).includes(finding.target)),
      ),
    );
    expect(nearMisses.map(({ check, message }) => `${check} ${message}`)).toEqual([]);
    const unexplained = findings.filter(
      ({ check, severity }) => bySeverity(severity, 'low') < 0 && !expected.some((each) => each.check === check),
    );
    expect(unexplained.map(({ check, message }) => `${check} ${message}`)).toEqual([]);
    const unknown = results.filter(({ status }) => status === 'unknown');
    expect(unknown.map(({ check }) => check).toSorted(), JSON.stringify(unknown.map(({ reason }) => reason))).toEqual(
      expectUnknown.toSorted(),
    );
  },
);
