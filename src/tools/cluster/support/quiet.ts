import { redactText } from '../../../core/redact.ts';
import { isSensitiveName } from '../../../core/redact-assignments.ts';
import { isJson, type Json } from './json.ts';

/** Annotations that repeat the object or change by themselves. */
const NOISE = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'control-plane.alpha.kubernetes.io/leader',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
]);

const masked = (text: string): string => `[masked ${Buffer.byteLength(text)} bytes]`;

/**
 * An object as a model may see it: no managedFields, no last-applied annotation, Secret data as sizes,
 * ConfigMap and environment values that look like secrets masked.
 */
export function quietObject(object: Json): Json {
  const quiet: Record<string, unknown> = { ...object, metadata: quietMeta(object['metadata']) };
  const kind = object['kind'];
  if (kind === 'Secret')
    for (const field of ['data', 'stringData'])
      if (field in quiet) quiet[field] = sizesOf(quiet[field], field === 'data');
  if (kind === 'ConfigMap') {
    if ('data' in quiet) quiet['data'] = maskConfig(quiet['data']);
    if ('binaryData' in quiet) quiet['binaryData'] = sizesOf(quiet['binaryData'], true);
  }
  return isJson(quiet) ? maskEnv(quiet) : {};
}

/** For a diff: also without what the server changes by itself on every write. */
export function comparableObject(object: Json): Json {
  const { status: _status, ...rest } = quietObject(object);
  const meta = isJson(rest['metadata']) ? rest['metadata'] : {};
  const {
    resourceVersion: _rv,
    generation: _generation,
    uid: _uid,
    creationTimestamp: _created,
    selfLink: _link,
    ...kept
  } = meta;
  return { ...rest, metadata: kept };
}

/** What the API server fills in and everybody knows. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  revisionHistoryLimit: 10,
  progressDeadlineSeconds: 600,
  successThreshold: 1,
  sessionAffinity: 'None',
  internalTrafficPolicy: 'Cluster',
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
  podManagementPolicy: 'OrderedReady',
  imagePullPolicy: 'IfNotPresent',
  ipFamilyPolicy: 'SingleStack',
};
const EMPTY_WHEN_DEFAULT = new Set(['securityContext', 'resources', 'strategy']);

/** For reading: an object as `quietObject` gives it, also without identifiers, default values and times that nobody asks for. */
export function readableObject(object: Json): Json {
  const quiet = quietObject(object);
  const meta = isJson(quiet['metadata']) ? quiet['metadata'] : {};
  const { uid: _uid, resourceVersion: _version, generation: _generation, ...kept } = meta;
  return withoutDefaults({ ...quiet, metadata: kept });
}

/** Without values that the API server fills in and everybody knows. */
export function withoutDefaults(value: Json): Json;
export function withoutDefaults(value: unknown): unknown;
export function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutDefaults(one));
  if (!isJson(value)) return value;
  const isSaid = ([key, inner]: [string, unknown]): boolean =>
    !(Object.hasOwn(DEFAULTS, key) && DEFAULTS[key] === inner) &&
    !(key === 'ipFamilies' && Array.isArray(inner) && inner.length === 1) &&
    !(EMPTY_WHEN_DEFAULT.has(key) && isJson(inner) && Object.keys(inner).length === 0) &&
    !(key === 'lastUpdateTime' && 'lastTransitionTime' in value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(isSaid)
      .map(([key, inner]) => [key, withoutDefaults(inner)]),
  );
}

function quietMeta(meta: unknown): unknown {
  if (!isJson(meta)) return meta;
  const { managedFields: _managed, selfLink: _link, annotations, ...rest } = meta;
  if (!isJson(annotations)) return rest;
  const kept = Object.entries(annotations).filter(([name]) => !NOISE.has(name));
  return kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) };
}

function sizesOf(data: unknown, base64: boolean): unknown {
  if (!isJson(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      const size =
        typeof value !== 'string' ? 0 : base64 ? Buffer.from(value, 'base64').length : Buffer.byteLength(value);
      return [key, `[${size} bytes]`];
    }),
  );
}

function maskConfig(data: unknown): unknown {
  if (!isJson(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      if (typeof value !== 'string') return [key, value];
      return [key, isSensitiveName(key) ? masked(value) : redactText(value)];
    }),
  );
}

/** Environment variables wherever a pod template is: `env: [{name, value}]`. */
function maskEnv(value: Json): Json;
function maskEnv(value: unknown): unknown;
function maskEnv(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => maskEnv(one));
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'env' && Array.isArray(inner) ? inner.map(maskVariable) : maskEnv(inner),
    ]),
  );
}

function maskVariable(variable: unknown): unknown {
  if (!isJson(variable) || typeof variable['value'] !== 'string') return variable;
  const { name, value } = variable;
  if (typeof name === 'string' && isSensitiveName(name) && !/^\$\(\w+\)$/.test(value))
    return { ...variable, value: masked(value) };
  return { ...variable, value: redactText(value) };
}
