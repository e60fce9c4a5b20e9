import type { Ingress, Service } from '../../../world/kubernetes/network.ts';
import type { Container } from '../../../world/kubernetes/pod.ts';
import { idOf, type Workload, type Workloads } from '../../../world/relations.ts';
import { backendsOf, targetNumber } from '../../../world/services.ts';

/** Traffic that the objects themselves say there must be. */
export interface Edge {
  readonly from: Workload;
  readonly to: Workload;
  readonly protocol: string;
  readonly port: number;
  /** What says so. */
  readonly because: string;
}

/**
 * Edges that can be proven from a world: ingress controller -> backends, every pod -> DNS,
 * and consumer -> Service where env or arguments name the Service.
 */
export function declaredEdges(
  workloads: Workloads,
  services: ReadonlyMap<string, Service>,
  ingresses: Iterable<Ingress>,
): readonly Edge[] {
  const backends = (service: Service | undefined): readonly Workload[] =>
    service === undefined ? [] : (backendsOf(service, workloads)?.workloads ?? []);
  const toService = (from: Workload, service: Service | undefined, port: PortRef, because: string): readonly Edge[] =>
    (service?.spec.ports ?? [])
      .filter((each) => port === undefined || each.port === port || each.name === port)
      .flatMap((each) =>
        backends(service).flatMap((to) => {
          const number = targetNumber(each, to.spec);
          const isSelf = to.key === from.key || number === undefined;
          return isSelf ? [] : [{ from, to, protocol: each.protocol, port: number, because }];
        }),
      );
  const running = workloads.all.filter(({ desired }) => desired > 0);
  const dns = [...services.values()].filter(isDns);
  return [
    ...[...ingresses].flatMap((ingress) =>
      backendRefs(ingress).flatMap(({ name, port }) =>
        controllersFor(ingress, running).flatMap((from) =>
          toService(
            from,
            services.get(`${ingress.metadata.namespace ?? ''}/${name}`),
            port,
            `Ingress ${idOf(ingress.metadata)} sends to Service ${name}`,
          ),
        ),
      ),
    ),
    ...running.flatMap((from) => dns.flatMap((service) => toService(from, service, 53, 'every pod asks DNS'))),
    ...running.flatMap((from) =>
      mentions(from, services).flatMap(({ service, port, where }) => toService(from, service, port, where)),
    ),
  ];
}

type PortRef = number | string | undefined;

const isDns = ({ metadata }: Service): boolean =>
  metadata.namespace === 'kube-system' && (metadata.labels['k8s-app'] === 'kube-dns' || metadata.name === 'kube-dns');

const CONTROLLERS = ['traefik', 'nginx', 'haproxy', 'kong', 'contour'] as const;

/** The controllers of the ingress's class; all of them when its class names none that is known. */
function controllersFor({ spec }: Ingress, workloads: readonly Workload[]): readonly Workload[] {
  const all = workloads.filter(({ labels }) =>
    CONTROLLERS.some((each) => (labels['app.kubernetes.io/name'] ?? labels['app'] ?? '').includes(each)),
  );
  const own = CONTROLLERS.find((each) => spec.ingressClassName?.includes(each) === true);
  const fitting = all.filter(
    ({ labels }) => own !== undefined && (labels['app.kubernetes.io/name'] ?? labels['app'] ?? '').includes(own),
  );
  return fitting.length > 0 ? fitting : all;
}

function backendRefs({ spec }: Ingress): readonly { readonly name: string; readonly port: PortRef }[] {
  const backends = [
    spec.defaultBackend,
    ...spec.rules.flatMap(({ http }) => http?.paths.map(({ backend }) => backend) ?? []),
  ];
  return backends.flatMap((backend) => {
    const service = backend?.service;
    return service === undefined ? [] : [{ name: service.name, port: service.port?.number ?? service.port?.name }];
  });
}

interface Mention {
  readonly service: Service;
  readonly port: PortRef;
  readonly where: string;
}

/** A host with an optional port, where a host may stand: at the start, after a scheme, a user or a separator. */
const HOST = /(?:^|:\/\/|@|[\s,;="'])([a-z0-9][a-z0-9.-]*[a-z0-9])(?::(\d{2,5}))?/g;
const HOST_NAME = /(HOST|SERVER|ADDR|ADDRESS|URL|URI|ENDPOINT|DSN)$/i;

/** Values are read for names of Services only; nothing else of them goes anywhere. */
function mentions({ namespace, spec }: Workload, services: ReadonlyMap<string, Service>): readonly Mention[] {
  return [...spec.containers, ...spec.initContainers].flatMap((container) =>
    textsOf(container).flatMap(({ text, where, isHost }) =>
      [...text.matchAll(HOST)].flatMap(([found, host = '', port]) => {
        const service = serviceOf(host, namespace, services);
        // a bare word may be anything; it is a host when it has a port or scheme, or stands where a host is asked for
        const isSure =
          host.includes('.') || port !== undefined || found.startsWith('://') || found.startsWith('@') || isHost;
        return service === undefined || !isSure
          ? []
          : [{ service, port: port === undefined ? undefined : Number(port), where }];
      }),
    ),
  );
}

const textsOf = ({ name, env, args, command }: Container) => [
  ...env.map((each) => ({
    text: each.value ?? '',
    where: `env ${each.name} of container ${name} names it`,
    isHost: HOST_NAME.test(each.name),
  })),
  ...[...command, ...args].map((text) => ({ text, where: `an argument of container ${name} names it`, isHost: false })),
];

/** `name`, `name.namespace`, `name.namespace.svc`, `name.namespace.svc.cluster.local`. */
function serviceOf(host: string, namespace: string, services: ReadonlyMap<string, Service>): Service | undefined {
  const [name = '', second, third] = host.split('.');
  if (third !== undefined && third !== 'svc') return undefined;
  return services.get(`${second ?? namespace}/${name}`);
}
