import type { Json, JsonObject, KubeJson } from '../json.ts';
import { isObject, listAt, objectAt, objectsAt, textAt } from '../objects/json.ts';
import type { ApiContext } from './context.ts';
import { forbidden } from './fault.ts';

const PODS = { group: '', plural: 'pods' };
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const EVICTED_BY = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** The volume that every container finds its token, the cluster's CA and its namespace in. */
const tokenVolume = (name: string): JsonObject => ({
  name,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  },
});

const hasToken = (container: JsonObject): boolean =>
  objectsAt(container, 'volumeMounts').some(({ mountPath }) => mountPath === MOUNT_PATH);

const mounted = (container: JsonObject, volume: string): JsonObject =>
  hasToken(container)
    ? container
    : {
        ...container,
        volumeMounts: [...listAt(container, 'volumeMounts'), { name: volume, readOnly: true, mountPath: MOUNT_PATH }],
      };

function withToken(spec: JsonObject, account: KubeJson | undefined, suffix: string): JsonObject {
  if ((spec.automountServiceAccountToken ?? account?.automountServiceAccountToken) === false) return spec;
  const containers = [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')];
  if (containers.every(hasToken)) return spec;
  const volume = `kube-api-access-${suffix}`;
  const mount = (key: string): JsonObject =>
    spec[key] === undefined ? {} : { [key]: objectsAt(spec, key).map((container) => mounted(container, volume)) };
  return {
    ...spec,
    volumes: [...listAt(spec, 'volumes'), tokenVolume(volume)],
    ...mount('containers'),
    ...mount('initContainers'),
  };
}

/** Admission ServiceAccount: the account must be there; its token and its pull secrets come along. */
function withServiceAccount(context: ApiContext, pod: KubeJson, spec: JsonObject): JsonObject {
  const { namespace, annotations, name } = pod.metadata;
  if (annotations?.['kubernetes.io/config.mirror'] !== undefined) return spec;
  const wanted = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount') || 'default';
  const account = context.store.get('serviceaccounts', namespace, wanted);
  if (!account && wanted !== 'default')
    throw forbidden(
      PODS,
      name,
      `error looking up service account ${namespace}/${wanted}: serviceaccount "${wanted}" not found`,
    );
  const named = { ...spec, serviceAccountName: wanted, serviceAccount: wanted };
  const secrets = listAt(account, 'imagePullSecrets');
  const pull = secrets.length > 0 && listAt(spec, 'imagePullSecrets').length === 0;
  return withToken(pull ? { ...named, imagePullSecrets: [...secrets] } : named, account, context.random.suffix());
}

/** Admission DefaultTolerationSeconds: five minutes on a node that is lost. */
function withTolerations(spec: JsonObject): JsonObject {
  const own = objectsAt(spec, 'tolerations');
  const tolerates = (key: string): boolean =>
    own.some(
      (entry) =>
        (entry.key === key || entry.key === undefined || entry.key === '') &&
        (entry.effect === 'NoExecute' || entry.effect === undefined || entry.effect === ''),
    );
  const missing: Json[] = EVICTED_BY.filter((key) => !tolerates(key)).map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }));
  return missing.length === 0 ? spec : { ...spec, tolerations: [...listAt(spec, 'tolerations'), ...missing] };
}

const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** Admission Priority: the number behind the class, or of the default class. */
function withPriority({ store }: ApiContext, pod: KubeJson, spec: JsonObject): JsonObject {
  const classes = store.list('priorityclasses.scheduling.k8s.io');
  const wanted = textAt(spec, 'priorityClassName');
  const found = classes.find((entry) => (wanted ? entry.metadata.name === wanted : entry.globalDefault === true));
  const system = SYSTEM_PRIORITIES[wanted ?? ''];
  if (wanted && !found && system === undefined)
    throw forbidden(PODS, pod.metadata.name, `no PriorityClass with name ${wanted} was found`);
  const preemption = found?.preemptionPolicy;
  return {
    ...spec,
    ...(found && { priorityClassName: found.metadata.name }),
    priority: typeof found?.value === 'number' ? found.value : (system ?? 0),
    preemptionPolicy: typeof preemption === 'string' ? preemption : 'PreemptLowerPriority',
  };
}

/** What the real API server's admission adds to a pod before it is stored; throws 403 when it may not be. */
export function admitPod(context: ApiContext, pod: KubeJson): KubeJson {
  if (!isObject(pod.spec)) return pod;
  const account = withServiceAccount(context, pod, pod.spec);
  return { ...pod, spec: withPriority(context, pod, withTolerations(account)) };
}

const LIMIT_KINDS = ['limits', 'requests'] as const;

/** Admission LimitRanger: containers without requests or limits get those of the namespace's LimitRange. */
export function withLimitRange({ store }: ApiContext, pod: KubeJson): KubeJson {
  const ranges = store.list('limitranges', pod.metadata.namespace);
  const limits = ranges.flatMap(({ spec }) => objectsAt(spec, 'limits')).filter(({ type }) => type === 'Container');
  if (limits.length === 0 || !isObject(pod.spec)) return pod;
  const defaults = {
    limits: Object.assign({}, ...limits.map((limit) => objectAt(limit, 'default') ?? {})) as JsonObject,
    requests: Object.assign({}, ...limits.map((limit) => objectAt(limit, 'defaultRequest') ?? {})) as JsonObject,
  };
  const filled = (container: JsonObject): JsonObject => {
    const resources: JsonObject = { ...objectAt(container, 'resources') };
    for (const kind of LIMIT_KINDS) {
      const merged = { ...defaults[kind], ...objectAt(resources, kind) };
      if (Object.keys(merged).length > 0) resources[kind] = merged;
    }
    return { ...container, resources };
  };
  return { ...pod, spec: { ...pod.spec, containers: objectsAt(pod.spec, 'containers').map(filled) } };
}
