import type { LooseObject } from '../kubernetes/controller.ts';
import type { Image } from '../kubernetes/controllers/kubelet/images.ts';
import { healthyConditions } from '../kubernetes/controllers/kubelet/node-status.ts';
import { quantityNumber } from '../kubernetes/objects/quantity.ts';
import type { ImageFacts, NodeFacts } from './schema.ts';
import { Duration } from './units.ts';

const GIGABYTE = 1024 ** 3;

const labelsOf = (name: string, { arch, roles, labels }: NodeFacts): Record<string, string> => ({
  'beta.kubernetes.io/arch': arch,
  'beta.kubernetes.io/os': 'linux',
  'kubernetes.io/arch': arch,
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': 'linux',
  'node.kubernetes.io/instance-type': 'k3s',
  ...Object.fromEntries(roles.map((role) => [`node-role.kubernetes.io/${role}`, 'true'])),
  ...labels,
});

/** The Node object as a kubelet would have registered it. */
export const nodeObject = (name: string, facts: NodeFacts, index: number, since: Date): LooseObject => {
  const capacity = {
    cpu: String(facts.cpu),
    memory: facts.memory,
    'ephemeral-storage': facts.disk,
    pods: String(facts.pods),
    ...facts.extra,
  };
  const podCIDR = `10.42.${index}.0/24`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: labelsOf(name, facts),
      annotations: { 'k3s.io/internal-ip': facts.ip, 'k3s.io/hostname': name },
    },
    spec: {
      podCIDR,
      podCIDRs: [podCIDR],
      providerID: `k3s://${name}`,
      ...(facts.cordoned && { unschedulable: true }),
      ...(facts.taints.length > 0 && { taints: facts.taints }),
    },
    status: {
      capacity,
      allocatable: { ...capacity, memory: `${Math.floor((quantityNumber(facts.memory) / GIGABYTE - 0.25) * 1024)}Mi` },
      addresses: [
        { type: 'InternalIP', address: facts.ip },
        { type: 'Hostname', address: name },
      ],
      conditions: healthyConditions(since),
      nodeInfo: {
        architecture: facts.arch,
        operatingSystem: 'linux',
        osImage: facts.os,
        kernelVersion: facts.kernel,
        kubeletVersion: facts.version,
        kubeProxyVersion: facts.version,
        containerRuntimeVersion: facts.runtime,
        machineID: '',
        systemUUID: '',
        bootID: '',
      },
    },
  };
};

/** What the node plugins have registered. */
export const csiNodeObject = (name: string, { csi }: NodeFacts): LooseObject => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSINode',
  metadata: { name },
  spec: { drivers: csi.map((driver) => ({ name: driver, nodeID: name, topologyKeys: null })) },
});

const behaviourOf = (run: string): Image['behaviour'] => {
  const [, kind, code, after] = /^(exit|oom)(?: (\d+))? after (\w+)$/.exec(run) ?? [];
  const afterMs = after === undefined ? 0 : Duration.parse(after);
  if (kind === 'exit') return { kind: 'exit', code: Number(code), afterMs };
  if (kind === 'oom') return { kind: 'oom', afterMs };
  return { kind: 'run', ready: run !== 'never ready' };
};

/** What the kubelets know of an image; `now` is when the scenario starts. */
export const imageOf = (facts: ImageFacts, now: Date): Image => ({
  platforms: facts.platforms.map((arch) => `linux/${arch}`),
  tags: facts.tags,
  behaviour: behaviourOf(facts.run),
  startupMs: facts.startup,
  memory: facts.memory === undefined ? undefined : quantityNumber(facts.memory),
  log: facts.log,
  repeat: facts.repeat && { everyMs: facts.repeat.every, lines: facts.repeat.lines },
  pull: facts.pull && {
    error: facts.pull.error,
    failsFrom: facts.pull.since === undefined ? undefined : new Date(+now - facts.pull.since),
  },
});
