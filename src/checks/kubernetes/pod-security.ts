import type { Container, PodSpec, SecurityContext } from '../../world/kubernetes/pod.ts';

export const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

const ENFORCE = 'pod-security.kubernetes.io/enforce';

/** The level that a namespace enforces; `privileged` when it says nothing (the admission plugin's default). */
export function enforcedLevel(labels: Readonly<Record<string, string>>): Level {
  const level = labels[ENFORCE];
  return LEVELS.find((each) => each === level) ?? 'privileged';
}

/**
 * What of a pod violates a Pod Security Standard, one line per rule in the words of the admission plugin; empty = admitted.
 * The rules are those of version `latest` at Kubernetes 1.36; a namespace that pins an older version may be laxer.
 */
export function podSecurityViolations(
  spec: PodSpec,
  level: Level,
  annotations: Readonly<Record<string, string>> = {},
): readonly string[] {
  if (level === 'privileged') return [];
  const rules = level === 'baseline' ? BASELINE : [...BASELINE, ...RESTRICTED];
  const pod = {
    spec,
    annotations,
    containers: [...spec.initContainers, ...spec.containers, ...spec.ephemeralContainers],
  };
  return rules.flatMap((rule) => {
    const where = rule.violates(pod);
    return where.length === 0 ? [] : [`${rule.name} (${where.join(', ')})`];
  });
}

interface PodUnderTest {
  readonly spec: PodSpec;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containers: readonly Container[];
}

interface Rule {
  readonly name: string;
  /** The places that break the rule. */
  violates(pod: PodUnderTest): readonly string[];
}

/** Asks every container. */
const perContainer = (name: string, breaks: (container: Container, spec: PodSpec) => boolean): Rule => ({
  name,
  violates: ({ containers, spec }) =>
    containers.filter((each) => breaks(each, spec)).map((each) => `container "${each.name}"`),
});

/** Asks the pod's own security context and that of every container. */
const perContext = (name: string, breaks: (context: SecurityContext) => boolean): Rule => ({
  name,
  violates: ({ containers, spec }) => [
    ...(spec.securityContext !== undefined && breaks(spec.securityContext) ? ['pod'] : []),
    ...containers
      .filter(({ securityContext }) => securityContext !== undefined && breaks(securityContext))
      .map((each) => `container "${each.name}"`),
  ],
});

const DEFAULT_CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);
const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';

const hostHandlers = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): boolean =>
  [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].some(
    (handler) => (handler?.httpGet?.host ?? '') !== '' || (handler?.tcpSocket?.host ?? '') !== '',
  );

const BASELINE: readonly Rule[] = [
  {
    name: 'host namespaces',
    violates: ({ spec }) => (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((each) => spec[each]),
  },
  perContainer('privileged', ({ securityContext }) => securityContext?.privileged === true),
  perContainer('non-default capabilities', ({ securityContext }) =>
    (securityContext?.capabilities?.add ?? []).some((each) => !DEFAULT_CAPABILITIES.has(each)),
  ),
  {
    name: 'hostPath volumes',
    violates: ({ spec }) => spec.volumes.filter((each) => 'hostPath' in each).map(({ name }) => `volume "${name}"`),
  },
  perContainer('hostPort', ({ ports }) => ports.some(({ hostPort }) => (hostPort ?? 0) !== 0)),
  perContainer('probe or lifecycle host', hostHandlers),
  perContext('forbidden AppArmor profile', ({ appArmorProfile }) => appArmorProfile?.type === 'Unconfined'),
  {
    name: 'forbidden AppArmor annotation',
    violates: ({ annotations }) =>
      Object.entries(annotations)
        .filter(([key, value]) => key.startsWith(APPARMOR) && !/^(|runtime\/default|localhost\/.*)$/.test(value))
        .map(([key]) => key),
  },
  perContext(
    'seLinuxOptions',
    ({ seLinuxOptions }) =>
      !SELINUX_TYPES.has(seLinuxOptions?.type ?? '') ||
      (seLinuxOptions?.user ?? '') !== '' ||
      (seLinuxOptions?.role ?? '') !== '',
  ),
  perContainer('procMount', ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default'),
  perContext('seccompProfile', ({ seccompProfile }) => seccompProfile?.type === 'Unconfined'),
  perContext('forbidden sysctls', ({ sysctls }) => sysctls.some(({ name }) => !SAFE_SYSCTLS.has(name))),
  perContext('hostProcess', ({ windowsOptions }) => windowsOptions?.hostProcess === true),
];

const RESTRICTED_VOLUMES = new Set(
  'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret name'.split(' '),
);

const isWindows = ({ os }: PodSpec): boolean => os?.name === 'windows';

const RESTRICTED: readonly Rule[] = [
  {
    name: 'restricted volume types',
    violates: ({ spec }) =>
      spec.volumes
        // hostPath has a rule of its own below this level
        .filter((volume) => Object.keys(volume).some((key) => key !== 'hostPath' && !RESTRICTED_VOLUMES.has(key)))
        .map(({ name }) => `volume "${name}"`),
  },
  perContainer(
    'allowPrivilegeEscalation != false',
    ({ securityContext }, spec) => !isWindows(spec) && securityContext?.allowPrivilegeEscalation !== false,
  ),
  perContainer(
    'unrestricted capabilities',
    ({ securityContext }, spec) =>
      !isWindows(spec) &&
      (!(securityContext?.capabilities?.drop ?? []).includes('ALL') ||
        (securityContext?.capabilities?.add ?? []).some((each) => each !== 'NET_BIND_SERVICE')),
  ),
  perContainer(
    'runAsNonRoot != true',
    ({ securityContext }, spec) => (securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) !== true,
  ),
  perContext('runAsUser=0', ({ runAsUser }) => runAsUser === 0),
  perContainer(
    'seccompProfile',
    ({ securityContext }, spec) =>
      !isWindows(spec) &&
      !/^(RuntimeDefault|Localhost)$/.test(
        (securityContext?.seccompProfile ?? spec.securityContext?.seccompProfile)?.type ?? '',
      ),
  ),
];
