import type { LooseObject } from '../kubernetes/controller.ts';
import { claimNameOf, isTemplated, podTemplate, selectorLabels } from './expand-pod.ts';
import type { AppFacts, VolumeFacts } from './schema.ts';

interface App {
  readonly namespace: string;
  readonly name: string;
  readonly facts: AppFacts;
  readonly ingressClass: string;
}

const object = (app: App, apiVersion: string, kind: string, name: string, rest: object): LooseObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: app.namespace, labels: selectorLabels(app.name, app.facts) },
  ...rest,
});

const claimSpec = ({ size, class: storageClassName, access }: VolumeFacts): object => ({
  accessModes: [access],
  ...(storageClassName !== undefined && { storageClassName }),
  resources: { requests: { storage: size } },
});

const claims = (app: App): LooseObject[] =>
  app.facts.volumes
    .filter((volume) => volume.size !== undefined && !isTemplated(app.facts, volume))
    .map((volume) =>
      object(app, 'v1', 'PersistentVolumeClaim', claimNameOf(app.name, volume), { spec: claimSpec(volume) }),
    );

const serviceName = ({ name, facts }: App): string => (facts.service !== false && facts.service?.name) || name;

const services = (app: App): LooseObject[] => {
  const { facts } = app;
  if (facts.service === false || facts.kind === 'CronJob' || (facts.ports.length === 0 && !facts.service)) return [];
  const { type = 'ClusterIP', headless = false, ip } = facts.service ?? {};
  const many = facts.ports.length > 1;
  const ports = facts.ports.map(({ name, port, service, protocol }, index) => ({
    ...((name !== undefined || many) && { name: name ?? `port-${index}` }),
    port: service ?? port,
    targetPort: name ?? port,
    ...(protocol !== undefined && { protocol }),
  }));
  return [
    object(app, 'v1', 'Service', serviceName(app), {
      spec: {
        type,
        selector: selectorLabels(app.name, facts),
        ports,
        ...(headless && { clusterIP: 'None' }),
        ...(ip !== undefined && { loadBalancerIP: ip }),
      },
    }),
  ];
};

const ingresses = (app: App): LooseObject[] => {
  const [first] = app.facts.ports;
  const { host } = app.facts;
  if (host === undefined || !first) return [];
  const backend = { service: { name: serviceName(app), port: { number: first.service ?? first.port } } };
  return [
    object(app, 'networking.k8s.io/v1', 'Ingress', app.name, {
      spec: {
        ingressClassName: app.ingressClass,
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
        tls: [{ hosts: [host], secretName: `${app.name}-tls` }],
      },
    }),
  ];
};

const budgets = (app: App): LooseObject[] =>
  app.facts.budget
    ? [
        object(app, 'policy/v1', 'PodDisruptionBudget', app.name, {
          spec: { ...app.facts.budget, selector: { matchLabels: selectorLabels(app.name, app.facts) } },
        }),
      ]
    : [];

const cronJob = (app: App): LooseObject => {
  const { facts } = app;
  return object(app, 'batch/v1', 'CronJob', app.name, {
    spec: {
      schedule: facts.schedule ?? '@daily',
      ...(facts.suspend !== undefined && { suspend: facts.suspend }),
      ...(facts.concurrency !== undefined && { concurrencyPolicy: facts.concurrency }),
      jobTemplate: {
        spec: {
          ...(facts.backoffLimit !== undefined && { backoffLimit: facts.backoffLimit }),
          template: podTemplate(app.name, facts),
        },
      },
    },
  });
};

/** Two pods cannot write to one volume: an app with a claim of its own is stopped before it is started again. */
const strategyOf = ({ strategy, volumes }: AppFacts): object => {
  const owns = volumes.some(({ size, access }) => size !== undefined && access !== 'ReadWriteMany');
  const type = strategy ?? (owns ? 'Recreate' : undefined);
  return type === undefined ? {} : { strategy: { type } };
};

const workload = (app: App): LooseObject => {
  const { name, facts } = app;
  if (facts.kind === 'CronJob') return cronJob(app);
  const common = { selector: { matchLabels: selectorLabels(name, facts) }, template: podTemplate(name, facts) };
  if (facts.kind === 'DaemonSet') return object(app, 'apps/v1', 'DaemonSet', name, { spec: common });
  if (facts.kind === 'StatefulSet')
    return object(app, 'apps/v1', 'StatefulSet', name, {
      spec: {
        ...common,
        replicas: facts.replicas,
        serviceName: serviceName(app),
        volumeClaimTemplates: facts.volumes
          .filter((volume) => isTemplated(facts, volume))
          .map((volume) => ({ metadata: { name: volume.name }, spec: claimSpec(volume) })),
      },
    });
  const strategy = strategyOf(facts);
  return object(app, 'apps/v1', 'Deployment', name, { spec: { ...common, replicas: facts.replicas, ...strategy } });
};

/** Every object of an app, in the order in which a person would create them. */
export const appObjects = (key: string, facts: AppFacts, ingressClass: string): readonly LooseObject[] => {
  const [namespace = '', name = ''] = key.split('/');
  const app = { namespace, name, facts, ingressClass };
  const main = workload(app);
  const annotated = Object.keys(facts.annotations).length > 0;
  return [
    ...claims(app),
    ...services(app),
    annotated ? { ...main, metadata: { ...main.metadata, annotations: facts.annotations } } : main,
    ...budgets(app),
    ...ingresses(app),
  ];
};
