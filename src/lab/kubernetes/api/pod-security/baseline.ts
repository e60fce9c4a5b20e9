import { at, listAt, objectAt, objectsAt, textAt } from '../../objects/json.ts';
import {
  type CheckedPod,
  containerList,
  containersOf,
  hasOwnUsers,
  nameOf,
  type PodCheck,
  plural,
  quoted,
  setters,
  sortedSet,
  texts,
} from './check.ts';

const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const APPARMOR_TYPES = new Set(['RuntimeDefault', 'Localhost']);

const allowedAnnotation = (value: string): boolean =>
  value === '' || value === 'runtime/default' || value.startsWith('localhost/');

const appArmorProfile: PodCheck = (pod) => {
  const bad = (type: string | undefined): type is string => type !== undefined && !APPARMOR_TYPES.has(type);
  const path = ['securityContext', 'appArmorProfile', 'type'];
  const own = textAt(pod.spec, ...path);
  const containers = containersOf(pod).filter((container) => bad(textAt(container, ...path)));
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && !allowedAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const types = [own, ...containers.map((container) => textAt(container, ...path))].filter(bad);
  const values = [...sortedSet(types), ...annotations];
  const who = [
    setters(bad(own), containers.map(nameOf)),
    annotations.length > 0 ? plural('annotation', annotations.length) : undefined,
  ].filter((part) => part !== undefined);
  if (who.length === 0) return undefined;
  return {
    reason: plural('forbidden AppArmor profile', values.length),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

const DEFAULT_CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);

const capabilities: PodCheck = (pod) => {
  const added = containersOf(pod).map((container) => ({
    name: nameOf(container),
    bad: texts(listAt(container, 'securityContext', 'capabilities', 'add')).filter(
      (name) => !DEFAULT_CAPABILITIES.has(name),
    ),
  }));
  const bad = added.filter((entry) => entry.bad.length > 0);
  if (bad.length === 0) return undefined;
  const names = sortedSet(bad.flatMap((entry) => entry.bad));
  const who = containerList(bad.map(({ name }) => name));
  return {
    reason: 'non-default capabilities',
    detail: `${who} must not include ${quoted(names)} in securityContext.capabilities.add`,
  };
};

const hostNamespaces: PodCheck = ({ spec }) => {
  const used = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true);
  if (used.length === 0) return undefined;
  return { reason: 'host namespaces', detail: used.map((field) => `${field}=true`).join(', ') };
};

const hostPathVolumes: PodCheck = ({ spec }) => {
  const names = objectsAt(spec, 'volumes')
    .filter((volume) => objectAt(volume, 'hostPath'))
    .map(nameOf);
  if (names.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quoted(names)}` };
};

const hostPorts: PodCheck = (pod) => {
  const used = containersOf(pod).map((container) => ({
    name: nameOf(container),
    ports: objectsAt(container, 'ports').flatMap(({ hostPort }) =>
      typeof hostPort === 'number' && hostPort !== 0 ? [`${hostPort}`] : [],
    ),
  }));
  const bad = used.filter(({ ports }) => ports.length > 0);
  if (bad.length === 0) return undefined;
  const ports = sortedSet(bad.flatMap((entry) => entry.ports));
  const who = containerList(bad.map(({ name }) => name));
  const verb = plural('uses', bad.length, 'use');
  return { reason: 'hostPort', detail: `${who} ${verb} ${plural('hostPort', ports.length)} ${ports.join(', ')}` };
};

const HANDLERS = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
];

const hostProbes: PodCheck = (pod) => {
  const hosts = containersOf(pod).map((container) => ({
    name: nameOf(container),
    hosts: HANDLERS.flatMap((path) =>
      ['httpGet', 'tcpSocket'].flatMap((kind) => textAt(container, ...path, kind, 'host') || []),
    ),
  }));
  const bad = hosts.filter((entry) => entry.hosts.length > 0);
  if (bad.length === 0) return undefined;
  const names = sortedSet(bad.map(({ name }) => name));
  const used = sortedSet(bad.flatMap((entry) => entry.hosts));
  const verb = plural('uses', names.length, 'use');
  const what = plural('probe or lifecycle host', used.length);
  return { reason: 'probe or lifecycle host', detail: `${containerList(names)} ${verb} ${what} ${quoted(used)}` };
};

const privileged: PodCheck = (pod) => {
  const names = containersOf(pod)
    .filter((container) => at(container, 'securityContext', 'privileged') === true)
    .map(nameOf);
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${containerList(names)} must not set securityContext.privileged=true` };
};

/** `/proc` without its masks, which only a pod in a user namespace may have. */
export const procMount: PodCheck = (pod) => {
  const mounts = containersOf(pod).flatMap((container) => {
    const type = textAt(container, 'securityContext', 'procMount');
    return type !== undefined && type !== 'Default' ? [{ name: nameOf(container), type }] : [];
  });
  if (mounts.length === 0) return undefined;
  const types = sortedSet(mounts.map(({ type }) => type));
  const who = containerList(mounts.map(({ name }) => name));
  return { reason: 'procMount', detail: `${who} must not set securityContext.procMount to ${quoted(types)}` };
};

const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

const seLinuxOptions: PodCheck = (pod) => {
  const options = (holder: unknown) => objectAt(holder, 'securityContext', 'seLinuxOptions');
  const bad = (holder: unknown): boolean => {
    const found = options(holder);
    if (!found) return false;
    return !SELINUX_TYPES.has(textAt(found, 'type') ?? '') || !!textAt(found, 'user') || !!textAt(found, 'role');
  };
  const containers = containersOf(pod).filter(bad);
  const who = setters(bad(pod.spec), containers.map(nameOf));
  if (who === undefined) return undefined;
  const all = [pod.spec, ...containers].map(options);
  const types = sortedSet(all.map((found) => textAt(found, 'type') ?? '').filter((type) => !SELINUX_TYPES.has(type)));
  const faults = [
    ...(types.length > 0 ? [`${plural('type', types.length)} ${quoted(types)}`] : []),
    ...(all.some((found) => textAt(found, 'user')) ? ['user may not be set'] : []),
    ...(all.some((found) => textAt(found, 'role')) ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${who} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`,
  };
};

const SECCOMP_TYPES = new Set(['RuntimeDefault', 'Localhost']);
export const isAllowedSeccomp = (type: string): boolean => SECCOMP_TYPES.has(type);

const seccompTypeOf = (holder: unknown): string | undefined =>
  textAt(holder, 'securityContext', 'seccompProfile', 'type');

/** Profiles that say `Unconfined`, wherever they stand. */
export function badSeccomp(pod: CheckedPod): string | undefined {
  const bad = (holder: unknown): boolean => {
    const type = seccompTypeOf(holder);
    return type !== undefined && !isAllowedSeccomp(type);
  };
  const containers = containersOf(pod).filter(bad);
  const who = setters(bad(pod.spec), containers.map(nameOf));
  if (who === undefined) return undefined;
  const holders = [...(bad(pod.spec) ? [pod.spec] : []), ...containers];
  const types = sortedSet(holders.map((holder) => seccompTypeOf(holder) ?? ''));
  return `${who} must not set securityContext.seccompProfile.type to ${quoted(types)}`;
}

const seccompProfile: PodCheck = (pod) => {
  const detail = badSeccomp(pod);
  return detail === undefined ? undefined : { reason: 'seccompProfile', detail };
};

const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);

const sysctls: PodCheck = ({ spec }) => {
  const names = objectsAt(spec, 'securityContext', 'sysctls').map(nameOf);
  const bad = names.filter((name) => !SYSCTLS.has(name));
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
};

const windowsHostProcess: PodCheck = (pod) => {
  const bad = (holder: unknown): boolean => at(holder, 'securityContext', 'windowsOptions', 'hostProcess') === true;
  const who = setters(bad(pod.spec), containersOf(pod).filter(bad).map(nameOf));
  if (who === undefined) return undefined;
  return { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
};

const unlessOwnUsers =
  (check: PodCheck): PodCheck =>
  (pod) =>
    hasOwnUsers(pod) ? undefined : check(pod);

/** In the order in which the original reports them. Version `latest` of each. */
export const BASELINE: Readonly<Record<string, PodCheck>> = {
  appArmorProfile,
  capabilities_baseline: capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle: hostProbes,
  privileged,
  procMount: unlessOwnUsers(procMount),
  seLinuxOptions,
  seccompProfile_baseline: seccompProfile,
  sysctls,
  windowsHostProcess,
};
