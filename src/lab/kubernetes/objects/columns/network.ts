import type { JsonObject, KubeJson } from '../../json.ts';
import { at, listAt, objectAt, objectsAt, textAt } from '../json.ts';
import { selectorText } from '../selector.ts';
import { AGE, type Column, count, integer, labelsText, NAME, scalar, text, textOr, upToThree, wide } from './column.ts';

const addresses = (object: KubeJson): string[] =>
  objectsAt(object, 'status', 'loadBalancer', 'ingress').map(
    (entry) => textAt(entry, 'ip') ?? textOr(entry, '', 'hostname'),
  );

function externalIp(service: KubeJson): string {
  const own = listAt(service, 'spec', 'externalIPs').map(scalar);
  const type = textAt(service, 'spec', 'type');
  if (type === 'ExternalName') return textOr(service, '', 'spec', 'externalName');
  if (type === 'LoadBalancer') return [...addresses(service), ...own].join(',') || '<pending>';
  return own.join(',') || '<none>';
}

function portText(port: JsonObject): string {
  const nodePort = count(port, 'nodePort');
  return `${count(port, 'port')}${nodePort > 0 ? `:${nodePort}` : ''}/${textOr(port, '', 'protocol')}`;
}

export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  text('Type', (service) => textOr(service, '', 'spec', 'type')),
  text('Cluster-IP', (service) => scalar(listAt(service, 'spec', 'clusterIPs')[0]) || '<none>'),
  text('External-IP', externalIp),
  text('Port(s)', (service) => objectsAt(service, 'spec', 'ports').map(portText).join(',') || '<none>'),
  AGE,
  wide(text('Selector', (service) => labelsText(objectAt(service, 'spec', 'selector')))),
];

function hosts(ingress: KubeJson): string {
  const rules = objectsAt(ingress, 'spec', 'rules');
  const named = rules.map((rule) => textOr(rule, '', 'host')).filter((host) => host !== '');
  if (named.length === 0) return '*';
  const shown = named.slice(0, 3).join(',');
  return rules.length > 3 && named.length >= 3 ? `${shown} + ${rules.length - 3} more...` : shown;
}

export const INGRESS_COLUMNS: readonly Column[] = [
  NAME,
  text('Class', (ingress) => textOr(ingress, '<none>', 'spec', 'ingressClassName')),
  text('Hosts', hosts),
  text('Address', (ingress) => addresses(ingress).join(',')),
  text('Ports', (ingress) => (listAt(ingress, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
  AGE,
];

export const INGRESS_CLASS_COLUMNS: readonly Column[] = [
  NAME,
  text('Controller', (object) => textOr(object, '', 'spec', 'controller')),
  text('Parameters', (object) => {
    const parameters = objectAt(object, 'spec', 'parameters');
    if (!parameters) return '<none>';
    const group = textAt(parameters, 'apiGroup');
    return `${textOr(parameters, '', 'kind')}${group ? `.${group}` : ''}/${textOr(parameters, '', 'name')}`;
  }),
  AGE,
];

export const ENDPOINT_SLICE_COLUMNS: readonly Column[] = [
  NAME,
  text('AddressType', (slice) => textOr(slice, '', 'addressType')),
  text('Ports', (slice) =>
    upToThree(
      objectsAt(slice, 'ports').map((port) => scalar(at(port, 'port')) || textOr(port, '*', 'name')),
      '<unset>',
    ),
  ),
  text('Endpoints', (slice) =>
    upToThree(
      objectsAt(slice, 'endpoints').flatMap((endpoint) => listAt(endpoint, 'addresses').map(scalar)),
      '<unset>',
    ),
  ),
  AGE,
];

const subsetAddresses = (subset: JsonObject): string[] => {
  const ips = objectsAt(subset, 'addresses').map((address) => textOr(address, '', 'ip'));
  const ports = objectsAt(subset, 'ports').map((port) => count(port, 'port'));
  const joined = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  return ports.length === 0 ? ips : ports.flatMap((port) => ips.map((ip) => joined(ip, port)));
};

export const ENDPOINTS_COLUMNS: readonly Column[] = [
  NAME,
  text('Endpoints', (object) => upToThree(objectsAt(object, 'subsets').flatMap(subsetAddresses), '<none>')),
  AGE,
];

export const NETWORK_POLICY_COLUMNS: readonly Column[] = [
  NAME,
  text('Pod-Selector', (policy) => selectorText(objectAt(policy, 'spec', 'podSelector') ?? {})),
  AGE,
];

export const DISRUPTION_BUDGET_COLUMNS: readonly Column[] = [
  NAME,
  text('Min Available', (budget) => scalar(at(budget, 'spec', 'minAvailable')) || 'N/A'),
  text('Max Unavailable', (budget) => scalar(at(budget, 'spec', 'maxUnavailable')) || 'N/A'),
  integer('Allowed Disruptions', (budget) => count(budget, 'status', 'disruptionsAllowed')),
  AGE,
];
