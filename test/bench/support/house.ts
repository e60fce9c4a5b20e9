import { gzipSync } from 'node:zlib';
import type { KubeJson } from '../../../src/lab/kubernetes/json.ts';
import { ProxmoxFacts } from '../../../src/lab/proxmox/facts.ts';
import { ZfsFacts } from '../../../src/lab/zfs/facts.ts';

/** A house of any size: hosts that are Proxmox and ZFS at once, with machines, volumes and releases. */

export interface HouseSize {
  readonly hosts: number;
  readonly guests: number;
  /** Over all hosts; those of guests and volumes are among them. */
  readonly datasets: number;
  readonly snapshots: number;
  readonly releases: number;
  readonly volumes: number;
}

const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const hostOf = (index: number, { hosts }: HouseSize): string => `pve${(index % hosts) + 1}`;
const hostNames = ({ hosts }: HouseSize): readonly string[] => times(hosts, (index) => `pve${index + 1}`);

export const zfsFacts = (size: HouseSize): ZfsFacts =>
  ZfsFacts.parse(Object.fromEntries(hostNames(size).map((host) => [host, zfsHost(host, size)])));

function zfsHost(host: string, size: HouseSize): unknown {
  const own = (count: number, name: (index: number) => string): readonly string[] =>
    times(count, (index) => index)
      .filter((index) => hostOf(index, size) === host)
      .map(name);
  const named = [
    ...own(size.guests, (index) => `vm-${100 + index}-disk-0`),
    ...own(size.volumes, (index) => `pvc-${index}`),
  ];
  const all = Math.ceil(size.datasets / size.hosts);
  const names = [...named, ...times(Math.max(0, all - named.length), (index) => `data-${index}`)];
  const count = Math.ceil(size.snapshots / size.hosts / names.length);
  return {
    memory: '256Gi',
    arcMax: '64Gi',
    disks: { d: { count: 24, model: 'ST18000NM000J', serial: 'ZR5', size: '18T' } },
    pools: {
      tank: {
        age: '400d',
        scrub: { ended: '6d', took: '20h' },
        vdevs: [
          { type: 'raidz3', disks: 'd 1-12' },
          { type: 'raidz3', disks: 'd 13-24' },
        ],
        datasets: Object.fromEntries(
          names.map((name) => [name, { used: '1G', snapshots: [{ prefix: 'auto-', count, every: '1h' }] }]),
        ),
      },
    },
  };
}

/** The first guests are the nodes of the cluster, by their addresses. */
export const proxmoxFacts = (size: HouseSize): ProxmoxFacts =>
  ProxmoxFacts.parse({
    cluster: 'house',
    nodes: Object.fromEntries(
      hostNames(size).map((name, index) => [name, { ip: `192.168.9.${index + 1}`, memory: '256Gi', cpu: 32 }]),
    ),
    storages: { tank: { type: 'zfspool', content: ['images', 'rootdir'], size: '100T' } },
    guests: Object.fromEntries(
      times(size.guests, (index) => [
        String(100 + index),
        {
          name: `guest-${index}`,
          node: hostOf(index, size),
          memory: '2Gi',
          disk: '32Gi',
          storage: 'tank',
          options: { ipconfig0: `ip=192.168.${index >> 8}.${index & 255}/24,gw=192.168.0.254` },
        },
      ]),
    ),
  });

/** Volumes of OpenEBS on the pools, and the claims on them. */
export const volumes = (
  size: HouseSize,
): { readonly volumes: readonly KubeJson[]; readonly claims: readonly KubeJson[] } => ({
  volumes: times(size.volumes, (index) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: meta(`pvc-${index}`),
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      claimRef: { namespace: `team-0`, name: `data-${index}` },
      storageClassName: 'zfs',
      csi: {
        driver: 'zfs.csi.openebs.io',
        volumeHandle: `pvc-${index}`,
        volumeAttributes: { 'openebs.io/poolname': 'tank' },
      },
    },
    status: { phase: 'Bound' },
  })),
  claims: times(size.volumes, (index) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta(`data-${index}`, 'team-0'),
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'zfs', volumeName: `pvc-${index}` },
    status: { phase: 'Bound' },
  })),
});

const meta = (name: string, namespace?: string) => ({
  name,
  ...(namespace !== undefined && { namespace }),
  uid: `uid-${namespace ?? ''}-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

const REVISIONS = 5;

/** Release Secrets as Helm 3 and 4 store them, with their history; release `n` holds the Deployment `app-n`. */
export const releaseSecrets = ({ releases }: HouseSize): readonly KubeJson[] =>
  times(releases * REVISIONS, (at) => {
    const index = Math.floor(at / REVISIONS);
    const version = (at % REVISIONS) + 1;
    const status = version === REVISIONS ? 'deployed' : 'superseded';
    const name = `app-${index}`;
    const namespace = `team-${Math.floor(index / 25)}`;
    const object = (kind: string) => `---\napiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;
    const release = {
      name,
      namespace,
      version,
      info: { status, last_deployed: '2026-11-20T10:00:00Z', description: 'Upgrade complete', notes: 'open it' },
      chart: { metadata: { name: 'app-template', version: '5.1.0', appVersion: '1' }, values: longValues },
      config: { image: { tag: '10.9' } },
      manifest: `${object('Service')}${object('Deployment').replace('v1', 'apps/v1')}${'# a line of a chart\n'.repeat(200)}`,
    };
    const packed = Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'helm.sh/release.v1',
      metadata: {
        ...meta(`sh.helm.release.v1.${name}.v${version}`, namespace),
        labels: { owner: 'helm', name, version: String(version), status },
      },
      data: { release: packed },
    };
  });

const longValues = Object.fromEntries(times(300, (index) => [`option${index}`, `value ${index}`]));
