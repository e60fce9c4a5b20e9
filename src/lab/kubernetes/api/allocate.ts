import type { Json, JsonObject, KubeJson } from '../json.ts';
import { isObject, listAt, objectsAt, textAt } from '../objects/json.ts';
import type { ApiContext } from './context.ts';
import { type FieldError, invalid } from './fault.ts';

const SERVICE = { group: '', kind: 'Service' };
const PREFIX = '10.96';
const NODE_PORT_FIRST = 30_000;
const NODE_PORT_COUNT = 2768;

const taken = (context: ApiContext, own: KubeJson): readonly KubeJson[] =>
  context.store.list('services').filter(({ metadata }) => metadata.uid !== own.metadata.uid);

/** The first free candidate after a random start; undefined when all are taken. */
function pick<T>(count: number, start: number, candidate: (index: number) => T, used: ReadonlySet<T>): T | undefined {
  for (let step = 0; step < count; step += 1) {
    const value = candidate((start + step) % count);
    if (!used.has(value)) return value;
  }
  return undefined;
}

const fieldFault = (service: KubeJson, field: string, value: Json, why: string): Error => {
  const error: FieldError = {
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  };
  return invalid(SERVICE, service.metadata.name, [error]);
};

function withClusterIp(context: ApiContext, service: KubeJson, spec: JsonObject): JsonObject {
  if (spec.type === 'ExternalName' || spec.clusterIP === 'None')
    return spec.clusterIP === 'None' ? { ...spec, clusterIPs: ['None'] } : spec;
  const used = new Set(taken(context, service).map((other) => textAt(other.spec, 'clusterIP') ?? ''));
  const wanted = textAt(spec, 'clusterIP') || textAt({ ip: listAt(spec, 'clusterIPs')[0] ?? '' }, 'ip') || undefined;
  if (wanted !== undefined && used.has(wanted))
    throw fieldFault(
      service,
      'spec.clusterIPs',
      [wanted],
      `failed to allocate IP ${wanted}: provided IP is already allocated`,
    );
  const start = context.random.number(65_000);
  const ip = wanted ?? pick(65_000, start, (n) => `${PREFIX}.${(n + 256) >> 8}.${(n % 254) + 1}`, used);
  if (ip === undefined) return spec;
  return { ...spec, clusterIP: ip, clusterIPs: [ip] };
}

const needsNodePorts = (spec: JsonObject): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

function withNodePorts(context: ApiContext, service: KubeJson, spec: JsonObject): JsonObject {
  if (!needsNodePorts(spec)) return spec;
  const used = new Set(taken(context, service).flatMap(({ spec: other }) => nodePorts(other)));
  const ports = objectsAt(spec, 'ports').map((port, index) => {
    if (typeof port.nodePort === 'number' && port.nodePort > 0) {
      if (used.has(port.nodePort))
        throw fieldFault(service, `spec.ports[${index}].nodePort`, port.nodePort, 'provided port is already allocated');
      used.add(port.nodePort);
      return port;
    }
    const start = context.random.number(NODE_PORT_COUNT);
    const free = pick(NODE_PORT_COUNT, start, (n) => NODE_PORT_FIRST + n, used);
    if (free === undefined) return port;
    used.add(free);
    return { ...port, nodePort: free };
  });
  return { ...spec, ports };
}

const nodePorts = (spec: unknown): number[] =>
  objectsAt(spec, 'ports').flatMap(({ nodePort }) => (typeof nodePort === 'number' ? [nodePort] : []));

/** A service gets its address and its node ports; throws 422 for one that somebody else has. */
export function allocateService(context: ApiContext, service: KubeJson): KubeJson {
  if (!isObject(service.spec)) return service;
  const spec = withNodePorts(context, service, withClusterIp(context, service, service.spec));
  const families = spec.type === 'ExternalName' ? {} : { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
  return { ...service, spec: { ...families, ...spec } };
}

const ADDRESS_FIELDS = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];
const BALANCER_FIELDS = ['allocateLoadBalancerNodePorts', 'loadBalancerClass'];

/** A field that only the old type has, and that the client has left as it was, goes with the type (dropTypeDependentFields). */
function dropUnchanged(spec: JsonObject, before: JsonObject, fields: readonly string[]): void {
  for (const field of fields) if (JSON.stringify(spec[field]) === JSON.stringify(before[field])) delete spec[field];
}

const isExternal = ({ type }: JsonObject): boolean => type === 'NodePort' || type === 'LoadBalancer';

function keptPorts(spec: JsonObject, before: JsonObject): JsonObject[] {
  const old = objectsAt(before, 'ports');
  const [needed, had] = [needsNodePorts(spec), needsNodePorts(before)];
  return objectsAt(spec, 'ports').map((port) => {
    const same = old.find(
      (other) => other.port === port.port && (other.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (needed && port.nodePort === undefined && same?.nodePort !== undefined)
      return { ...port, nodePort: same.nodePort };
    if (needed || !had || port.nodePort !== same?.nodePort) return port;
    const { nodePort: _nodePort, ...rest } = port;
    return rest;
  });
}

/**
 * An update keeps the addresses and node ports that it does not name; what the new type has no use for goes.
 */
export function keepAllocations(current: KubeJson, next: KubeJson): KubeJson {
  if (!isObject(next.spec) || !isObject(current.spec)) return next;
  const [spec, before] = [{ ...next.spec }, current.spec];
  if (spec.type === 'ExternalName') dropUnchanged(spec, before, ADDRESS_FIELDS);
  else
    for (const field of ADDRESS_FIELDS) {
      const value = spec[field] ?? before[field];
      if (value !== undefined) spec[field] = value;
    }
  if (spec.type !== 'LoadBalancer' && before.type === 'LoadBalancer') dropUnchanged(spec, before, BALANCER_FIELDS);
  if (!isExternal(spec) && isExternal(before)) dropUnchanged(spec, before, ['externalTrafficPolicy']);
  if (spec.ports !== undefined) spec.ports = keptPorts(spec, before);
  return { ...next, spec };
}
