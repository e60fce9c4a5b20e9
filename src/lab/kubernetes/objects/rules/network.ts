import { isIP } from 'node:net';
import type { Json, JsonObject, KubeJson } from '../../json.ts';
import { at, listAt, objectAt, objectsAt, textAt } from '../json.ts';
import { dnsSubdomainFaults, portNameFaults } from '../names.ts';
import { type Cause, duplicate, forbiddenField, named, oneOf, portRange, required, wrong } from './causes.ts';
import { labelCauses } from './meta.ts';
import { selectorCauses } from './selectors.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function servicePortCauses(port: JsonObject, index: number, ports: readonly JsonObject[], type: string): Cause[] {
  const path = `spec.ports[${index}]`;
  const [target, nodePort] = [at(port, 'targetPort'), at(port, 'nodePort')];
  return [
    ...servicePortName(port, path, ports, index),
    ...portRange(`${path}.port`, at(port, 'port') ?? 0),
    ...oneOf(`${path}.protocol`, at(port, 'protocol'), PROTOCOLS),
    ...(typeof target === 'string'
      ? named(`${path}.targetPort`, target, portNameFaults)
      : portRange(`${path}.targetPort`, target)),
    ...(type === 'ClusterIP' && nodePort !== undefined && nodePort !== 0
      ? [forbiddenField(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'")]
      : []),
  ];
}

/** Several ports need a name each; no two may share a name, or number and protocol. */
function servicePortName(port: JsonObject, path: string, ports: readonly JsonObject[], index: number): Cause[] {
  const name = textAt(port, 'name');
  const protocol = (other: JsonObject): Json => other['protocol'] ?? 'TCP';
  const earlier = ports.slice(0, index);
  const isTwice = earlier.some((other) => other['port'] === port['port'] && protocol(other) === protocol(port));
  return [
    ...(ports.length > 1 && !name ? [required(`${path}.name`)] : []),
    ...(name && earlier.some((other) => other['name'] === name) ? [duplicate(`${path}.name`, name)] : []),
    ...(isTwice ? [duplicate(path, { protocol: protocol(port), port: at(port, 'port') ?? 0 })] : []),
  ];
}

const isValidIp = (value: Json | undefined): boolean =>
  typeof value === 'string' && (value === 'None' || isIP(value) !== 0);

/** The addresses that are asked for: a `clusterIP` of its own wins over the list of before. */
function askedAddresses(spec: JsonObject, old: KubeJson | undefined): readonly Json[] {
  const [single, list] = [textAt(spec, 'clusterIP'), listAt(spec, 'clusterIPs')];
  const isNew = single !== undefined && single !== textAt(old, 'spec', 'clusterIP');
  return isNew && (list.length === 0 || old) ? [single] : list;
}

/** Once given, the address of a service stays; an empty one means "as before" and is filled in earlier. */
function addressCauses(spec: JsonObject, old: KubeJson | undefined): Cause[] {
  const now = askedAddresses(spec, old);
  const before = listAt(old, 'spec', 'clusterIPs');
  const keeps = [textAt(spec, 'type'), textAt(old, 'spec', 'type')].every((type) => type !== 'ExternalName');
  if (keeps && before.length > 0 && now.length > 0 && now[0] !== before[0])
    return [wrong('spec.clusterIPs[0]', now.slice(), 'may not change once set')];
  return now.flatMap((address, index) =>
    isValidIp(address)
      ? []
      : [wrong(`spec.clusterIPs[${index}]`, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')],
  );
}

export function serviceCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const type = textAt(spec, 'type') ?? 'ClusterIP';
  const ports = objectsAt(spec, 'ports');
  const isHeadless = textAt(spec, 'clusterIP') === 'None';
  const externalName = textAt(spec, 'externalName');
  return [
    ...(ports.length === 0 && !isHeadless && type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...(type === 'LoadBalancer' && isHeadless
      ? [wrong('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services")]
      : []),
    ...(type === 'ExternalName' && !externalName ? [required('spec.externalName')] : []),
    ...(type === 'ExternalName' && externalName ? named('spec.externalName', externalName, dnsSubdomainFaults) : []),
    ...labelCauses(objectAt(spec, 'selector'), 'spec.selector'),
    ...oneOf('spec.sessionAffinity', at(spec, 'sessionAffinity'), ['ClientIP', 'None']),
    ...addressCauses(spec, old),
    ...ports.flatMap((port, index) => servicePortCauses(port, index, ports, type)),
    ...listAt(spec, 'externalIPs').flatMap((address, index) =>
      isValidIp(address)
        ? []
        : [
            wrong(
              `spec.externalIPs[${index}]`,
              address,
              'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
            ),
          ],
    ),
    ...oneOf('spec.type', type, TYPES),
  ];
}

function backendCauses(backend: JsonObject | undefined, field: string): Cause[] {
  const service = objectAt(backend, 'service');
  if (!service) return [];
  const [name, port] = [textAt(service, 'name'), objectAt(service, 'port')];
  const [portName, number] = [textAt(port, 'name'), at(port, 'number')];
  return [
    ...(name ? [] : [required(`${field}.service.name`)]),
    ...(portName && number ? [wrong(field, '', 'cannot set both port name & port number')] : []),
    ...(!portName && !number ? [required(field, 'port name or number is required')] : []),
    ...(portName ? named(`${field}.service.port.name`, portName, portNameFaults) : []),
    ...(number === undefined || number === 0 ? [] : portRange(`${field}.service.port.number`, number)),
  ];
}

function hostCauses(host: string | undefined, field: string): Cause[] {
  if (!host) return [];
  if (isIP(host) !== 0) return [wrong(field, host, 'must be a DNS name, not an IP address')];
  return named(field, host.replace(/^\*\./, ''), dnsSubdomainFaults);
}

function pathCauses(path: JsonObject, field: string): Cause[] {
  const [type, text] = [textAt(path, 'pathType'), textAt(path, 'path') ?? ''];
  const needsSlash = type === 'Exact' || type === 'Prefix';
  return [
    ...(type === undefined ? [required(`${field}.pathType`, 'pathType must be specified')] : []),
    ...oneOf(`${field}.pathType`, type, ['Exact', 'ImplementationSpecific', 'Prefix']),
    ...(needsSlash && !text.startsWith('/') ? [wrong(`${field}.path`, text, 'must be an absolute path')] : []),
    ...backendCauses(objectAt(path, 'backend'), `${field}.backend`),
  ];
}

export function ingressCauses(object: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const rules = objectsAt(spec, 'rules');
  const backend = objectAt(spec, 'defaultBackend');
  const ingressClass = textAt(spec, 'ingressClassName');
  return [
    ...(rules.length === 0 && !backend
      ? [wrong('spec', undefined, 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...(backend ? backendCauses(backend, 'spec.defaultBackend') : []),
    ...rules.flatMap((rule, index) => [
      ...hostCauses(textAt(rule, 'host'), `spec.rules[${index}].host`),
      ...objectsAt(rule, 'http', 'paths').flatMap((path, at) =>
        pathCauses(path, `spec.rules[${index}].http.paths[${at}]`),
      ),
    ]),
    ...(ingressClass ? named('spec.ingressClassName', ingressClass, dnsSubdomainFaults) : []),
  ];
}

const CIDR = /^(.+)\/(\d{1,3})$/;

function cidrCauses(cidr: string, field: string): Cause[] {
  const [, address = '', bits = ''] = CIDR.exec(cidr) ?? [];
  const family = isIP(address);
  const isValid = family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
  return isValid ? [] : [wrong(field, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

function peerCauses(peer: JsonObject, field: string): Cause[] {
  const block = objectAt(peer, 'ipBlock');
  const selectors = ['podSelector', 'namespaceSelector'].filter((name) => objectAt(peer, name));
  return [
    ...(!block && selectors.length === 0 ? [required(field, 'must specify a peer')] : []),
    ...(block && selectors.length > 0 ? [forbiddenField(field, 'may not specify both ipBlock and another peer')] : []),
    ...(block ? cidrCauses(textAt(block, 'cidr') ?? '', `${field}.ipBlock.cidr`) : []),
    ...selectors.flatMap((name) => selectorCauses(objectAt(peer, name), `${field}.${name}`)),
  ];
}

export function networkPolicyCauses(object: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const direction = (name: string, peers: string): Cause[] =>
    objectsAt(spec, name).flatMap((rule, index) => [
      ...objectsAt(rule, 'ports').flatMap((port, at_) => [
        ...portRange(`spec.${name}[${index}].ports[${at_}].port`, at(port, 'port')),
        ...oneOf(`spec.${name}[${index}].ports[${at_}].protocol`, at(port, 'protocol'), ['TCP', 'UDP', 'SCTP']),
      ]),
      ...objectsAt(rule, peers).flatMap((peer, at_) => peerCauses(peer, `spec.${name}[${index}].${peers}[${at_}]`)),
    ]);
  return [
    ...selectorCauses(objectAt(spec, 'podSelector'), 'spec.podSelector'),
    ...direction('ingress', 'from'),
    ...direction('egress', 'to'),
    ...listAt(spec, 'policyTypes').flatMap((type, index) =>
      oneOf(`spec.policyTypes[${index}]`, type, ['Ingress', 'Egress']),
    ),
  ];
}
