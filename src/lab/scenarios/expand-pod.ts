import type { AppFacts, SideContainer, VolumeFacts } from './schema.ts';

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const envOf = ({ env, secretEnv }: Pick<SideContainer, 'env' | 'secretEnv'>): object[] => [
  ...Object.entries(env).map(([name, value]) => ({ name, value })),
  ...Object.entries(secretEnv).map(([name, reference]) => {
    const [secret = '', key = ''] = reference.split('/');
    return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
  }),
];

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

const portOf = ({ name, port, hostPort, protocol }: SideContainer['ports'][number]): object => ({
  ...(name !== undefined && { name }),
  containerPort: port,
  ...(hostPort !== undefined && { hostPort }),
  ...(protocol !== undefined && { protocol }),
});

const probeOf = ({ probe, ports: [first] }: SideContainer): object =>
  probe === undefined || !first
    ? {}
    : { readinessProbe: { httpGet: { path: probe, port: first.name ?? first.port }, periodSeconds: 10 } };

const containerOf = (facts: SideContainer, restricted: boolean, mounts: readonly object[]): object => {
  const env = envOf(facts);
  const resources = {
    ...(!isEmpty(facts.requests) && { requests: facts.requests }),
    ...(!isEmpty(facts.limits) && { limits: facts.limits }),
  };
  return {
    name: facts.name,
    image: facts.image,
    ...(facts.command && { command: facts.command }),
    ...(facts.args && { args: facts.args }),
    ...(facts.ports.length > 0 && { ports: facts.ports.map(portOf) }),
    ...(env.length > 0 && { env }),
    ...(!isEmpty(resources) && { resources }),
    ...(mounts.length > 0 && { volumeMounts: mounts }),
    ...probeOf(facts),
    ...(facts.privileged && { securityContext: { privileged: true } }),
    ...(restricted && { securityContext: RESTRICTED }),
  };
};

export const claimNameOf = (app: string, { name, claim }: VolumeFacts): string => claim ?? `${app}-${name}`;

const sourceOf = (app: string, volume: VolumeFacts): object => {
  if (volume.hostPath !== undefined) return { hostPath: { path: volume.hostPath } };
  if (volume.nfs !== undefined) {
    const [server = '', path = '/'] = volume.nfs.split(':');
    return { nfs: { server, path } };
  }
  if (volume.configMap !== undefined) return { configMap: { name: volume.configMap } };
  if (volume.secret !== undefined) return { secret: { secretName: volume.secret } };
  if (volume.emptyDir === true) return { emptyDir: {} };
  return { persistentVolumeClaim: { claimName: claimNameOf(app, volume) } };
};

/** A StatefulSet makes its claims from templates. */
export const isTemplated = ({ kind }: AppFacts, { size }: VolumeFacts): boolean =>
  kind === 'StatefulSet' && size !== undefined;

export const selectorLabels = (name: string, { app, component }: AppFacts): Record<string, string> => ({
  'app.kubernetes.io/name': app ?? name,
  ...(component !== undefined && { 'app.kubernetes.io/component': component }),
});

const apart = (labels: Record<string, string>, spread: AppFacts['spread']): object => {
  const term = { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' };
  const podAntiAffinity =
    spread === 'required'
      ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
      : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
  return { affinity: { podAntiAffinity } };
};

/** The pod template of an app. */
export const podTemplate = (name: string, facts: AppFacts): object => {
  const labels = selectorLabels(name, facts);
  const mounts = facts.volumes.map((volume) => ({ name: volume.name, mountPath: volume.mount }));
  const volumes = facts.volumes
    .filter((volume) => !isTemplated(facts, volume))
    .map((volume) => ({ name: volume.name, ...sourceOf(name, volume) }));
  const side = (container: SideContainer): object => containerOf(container, facts.restricted, []);
  return {
    metadata: {
      labels: { ...labels, ...facts.labels },
      ...(!isEmpty(facts.podAnnotations) && { annotations: facts.podAnnotations }),
    },
    spec: {
      containers: [containerOf({ ...facts, name }, facts.restricted, mounts), ...facts.sidecars.map(side)],
      ...(facts.init.length > 0 && { initContainers: facts.init.map(side) }),
      ...(volumes.length > 0 && { volumes }),
      ...(!isEmpty(facts.nodeSelector) && { nodeSelector: facts.nodeSelector }),
      ...(facts.tolerations.length > 0 && { tolerations: facts.tolerations }),
      ...(facts.spread && apart(labels, facts.spread)),
      ...(facts.hostNetwork && { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
      ...(facts.serviceAccount !== undefined && { serviceAccountName: facts.serviceAccount }),
      ...(facts.priorityClass !== undefined && { priorityClassName: facts.priorityClass }),
      ...(facts.pullSecret !== undefined && { imagePullSecrets: [{ name: facts.pullSecret }] }),
      ...(facts.kind === 'CronJob' && { restartPolicy: 'Never' }),
    },
  };
};
