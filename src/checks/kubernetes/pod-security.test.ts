import { expect, test } from 'vitest';
import { PodSpec } from '../../world/kubernetes/pod.ts';
import { podSecurityViolations } from './pod-security.ts';

const hardened = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const rules = (spec: object, level: 'baseline' | 'restricted', annotations = {}) =>
  podSecurityViolations(PodSpec.parse(spec), level, annotations).map((line) => line.split(' (')[0]);
const one = (more: object = {}) => ({ containers: [{ name: 'main', ...more }] });

test('an ordinary pod fits baseline and breaks four rules of restricted', () => {
  expect(rules(one(), 'baseline')).toEqual([]);
  expect(rules(one(), 'restricted')).toEqual([
    'allowPrivilegeEscalation != false',
    'unrestricted capabilities',
    'runAsNonRoot != true',
    'seccompProfile',
  ]);
});

test('a hardened pod fits restricted, also when the pod says it for its containers', () => {
  expect(rules(one({ securityContext: hardened }), 'restricted')).toEqual([]);
  const { runAsNonRoot, seccompProfile, ...own } = hardened;
  expect(
    rules({ securityContext: { runAsNonRoot, seccompProfile }, ...one({ securityContext: own }) }, 'restricted'),
  ).toEqual([]);
});

test.each([
  ['host namespaces', { hostNetwork: true, ...one() }],
  ['privileged', one({ securityContext: { privileged: true } })],
  ['non-default capabilities', one({ securityContext: { capabilities: { add: ['NET_ADMIN'] } } })],
  ['hostPath volumes', { ...one(), volumes: [{ name: 'host', hostPath: { path: '/' } }] }],
  ['hostPort', one({ ports: [{ containerPort: 80, hostPort: 80 }] })],
  ['probe or lifecycle host', one({ livenessProbe: { httpGet: { host: 'elsewhere', port: 80 } } })],
  ['forbidden AppArmor profile', one({ securityContext: { appArmorProfile: { type: 'Unconfined' } } })],
  ['seLinuxOptions', one({ securityContext: { seLinuxOptions: { type: 'spc_t' } } })],
  ['procMount', one({ securityContext: { procMount: 'Unmasked' } })],
  ['seccompProfile', { securityContext: { seccompProfile: { type: 'Unconfined' } }, ...one() }],
  ['forbidden sysctls', { securityContext: { sysctls: [{ name: 'kernel.msgmax' }] }, ...one() }],
  ['hostProcess', one({ securityContext: { windowsOptions: { hostProcess: true } } })],
  ['privileged', { ...one(), initContainers: [{ name: 'init', securityContext: { privileged: true } }] }],
])('baseline forbids %s', (name, spec) => {
  expect(rules(spec, 'baseline')).toEqual([name]);
});

test('baseline reads the old AppArmor annotation', () => {
  expect(
    rules(one(), 'baseline', { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' }),
  ).toHaveLength(1);
});

test.each([
  [
    'restricted volume types',
    { volumes: [{ name: 'media', nfs: { server: 'nas', path: '/' } }], ...one({ securityContext: hardened }) },
  ],
  ['runAsUser=0', one({ securityContext: { ...hardened, runAsUser: 0 } })],
  [
    'unrestricted capabilities',
    one({ securityContext: { ...hardened, capabilities: { drop: ['ALL'], add: ['CHOWN'] } } }),
  ],
])('restricted forbids %s', (name, spec) => {
  expect(rules(spec, 'restricted')).toEqual([name]);
});

test('restricted lets a container bind low ports, use the usual volumes, and lets Windows be', () => {
  const volumes = [
    { name: 'a', configMap: {} },
    { name: 'b', persistentVolumeClaim: { claimName: 'x' } },
  ];
  const binding = { ...hardened, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } };
  expect(rules({ volumes, ...one({ securityContext: binding }) }, 'restricted')).toEqual([]);
  expect(rules({ os: { name: 'windows' }, ...one({ securityContext: { runAsNonRoot: true } }) }, 'restricted')).toEqual(
    [],
  );
});
