import * as z from 'zod';
import { repositoryOf } from '../../../world/image-reference.ts';
import type { Service } from '../../../world/kubernetes/network.ts';
import { hasLabels } from '../../../world/labels.ts';
import { idOf, indexWorkloads, WORKLOAD_PARTS, type Workload } from '../../../world/relations.ts';
import { type Backends, backendsOf, containerBehind, runningContainers } from '../../../world/services.ts';
import { defineCheck, type FoundFault } from '../../define.ts';

export default defineCheck({
  id: 'K01',
  title: 'Every Service selects the pods of one workload',
  severity: 'high',
  why: 'A selector that also matches the database sends it a share of the requests: they fail now and then, and nothing looks broken. A change that makes it so is denied.',
  needs: ['services', ...WORKLOAD_PARTS],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate(world) {
    const workloads = indexWorkloads(world);
    return [...world.services.values()].flatMap((service) => {
      const backends = backendsOf(service, workloads);
      return backends === undefined ? [] : judge(backends);
    });
  },
});

function judge({ service, workloads }: Backends): readonly FoundFault[] {
  const hit = workloads.filter((each) => each.desired > 0 || each.kind === 'Deployment' || each.kind === 'StatefulSet');
  const families = new Set(hit.map(({ top }) => top));
  if (families.size < 2 || areVariants(service, hit)) return [];
  const [wanted, ...others] = [...hit].sort((a, b) => fitness(service, b) - fitness(service, a));
  if (wanted === undefined) return [];
  const id = idOf(service.metadata);
  const awake = others.filter(({ desired }) => desired > 0);
  return [
    {
      target: `Service ${id}`,
      subject: { part: 'services', id },
      severity: awake.length > 0 && wanted.desired > 0 ? 'high' : 'medium',
      message: messageOf(service, wanted, others),
      evidence: [
        `selector: ${pairs(service.spec.selector)}`,
        ...[wanted, ...others].map((workload) => evidenceOf(service, workload)),
      ],
      remedy: remedyOf(service, wanted, others),
      fingerprint: `K01:${id}:${hit
        .map(({ key }) => key)
        .sort()
        .join('+')}`,
      shared: hit.map(({ key }) => key),
      lessons: ['k8s-service-selector-overmatch'],
    },
  ];
}

/** Blue and green, stable and canary, primary and replica: the same program, which can answer behind the same port. */
function areVariants(service: Service, workloads: readonly Workload[]): boolean {
  const programs = new Set(workloads.map((workload) => repositoryOf(mainContainer(service, workload)?.image ?? '')));
  if (programs.size !== 1) return false;
  const commands = new Set(
    workloads.map((each) => {
      const { command, args } = mainContainer(service, each) ?? {};
      return JSON.stringify([command, args]);
    }),
  );
  return commands.size === 1 || workloads.every((each) => declaresEveryPort(service, each));
}

const mainContainer = (service: Service, { spec }: Workload) =>
  service.spec.ports.map((port) => containerBehind(port, spec)).find((found) => found !== undefined) ??
  spec.containers[0];

const declaresEveryPort = (service: Service, { spec }: Workload): boolean =>
  service.spec.ports.every((port) => containerBehind(port, spec) !== undefined);

/** Which workload the Service is meant for: the one that has its ports, and then the one with its name. */
const fitness = (service: Service, workload: Workload): number =>
  (declaresEveryPort(service, workload) ? 4 : 0) +
  (workload.name === service.metadata.name ? 2 : 0) +
  (workload.kind === 'Deployment' ? 1 : 0);

function messageOf(service: Service, wanted: Workload, others: readonly Workload[]): string {
  const deaf = others.filter((each) => !declaresEveryPort(service, each));
  const harm =
    deaf.length > 0
      ? ` ${names(deaf)} ${deaf.length === 1 ? 'does' : 'do'} not declare port ${ports(service)}, so its share of the requests will fail.`
      : '';
  return `The selector of Service ${idOf(service.metadata)} matches pods of ${names([wanted, ...others])}.${harm}`;
}

function evidenceOf(service: Service, { key, spec, labels }: Workload): string {
  const declared = runningContainers(spec).flatMap((container) =>
    container.ports.map((port) => `${port.containerPort}${port.name === undefined ? '' : ` (${port.name})`}`),
  );
  const matched = pairs(
    Object.fromEntries(Object.keys(service.spec.selector).map((name) => [name, labels[name] ?? ''])),
  );
  const images = spec.containers.map(({ image }) => image).join(', ');
  return `${key}: image ${images}, ports ${declared.join(', ') || 'none declared'}, labels ${matched}`;
}

/** A label that already tells the wanted one apart makes the remedy a change of one line. */
function remedyOf(service: Service, wanted: Workload, others: readonly Workload[]): string {
  const apart = Object.entries(wanted.labels).find(
    ([name, value]) =>
      name !== 'pod-template-hash' && others.every(({ labels }) => !hasLabels(labels, { [name]: value })),
  );
  if (apart !== undefined)
    return `Add ${apart.join('=')} to the selector of Service ${service.metadata.name}: only ${wanted.key} carries it.`;
  return (
    `Give the pod template of ${wanted.key} a label of its own, such as app.kubernetes.io/component=${wanted.name}, ` +
    `and add it to the selector; leave the immutable spec.selector of the workload as it is.`
  );
}

const ports = (service: Service): string =>
  service.spec.ports.map(({ targetPort, port }) => `${targetPort ?? port}`).join(', ');

const names = (workloads: readonly Workload[]): string => {
  const keys = workloads.map(({ key }) => key);
  return keys.length < 2 ? keys.join('') : `${keys.slice(0, -1).join(', ')} and ${keys.at(-1) ?? ''}`;
};

const pairs = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
