import { createHash } from 'node:crypto';
import type { LabApi } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import { all, one, type PersistentVolume, type Pod } from './kinds.ts';
import type { EventDraft } from './kubelet/container-status.ts';
import type { LoopController } from './loop.ts';
import { attemptCreate, isFinished, isSame, timestamp, tolerate, writeStatus } from './support.ts';

const NAME = 'attachdetach-controller';
const RESOURCE = 'volumeattachments.storage.k8s.io';

interface Attachment {
  readonly name: string;
  readonly driver: string;
  readonly volume: string;
  readonly pod: Pod;
}

/** `csi-` and the hash of volume, driver and node, as upstream names them. */
const nameOf = (volume: string, driver: string, node: string): string =>
  `csi-${createHash('sha256').update(`${volume}${driver}${node}`).digest('hex')}`;

const driverOf = ({ spec }: PersistentVolume): string | undefined =>
  (spec['csi'] as { driver?: string } | undefined)?.driver;

const attachmentsOf = (api: LabApi, pod: Pod): Attachment[] =>
  (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => {
    const claim =
      persistentVolumeClaim &&
      one(api, 'persistentvolumeclaims', pod.metadata.namespace, persistentVolumeClaim.claimName);
    const volume = claim?.spec.volumeName && one(api, 'persistentvolumes', undefined, claim.spec.volumeName);
    const driver = volume ? driverOf(volume) : undefined;
    if (!volume || driver === undefined) return [];
    return [
      {
        name: nameOf(volume.metadata.name, driver, pod.spec.nodeName ?? ''),
        driver,
        volume: volume.metadata.name,
        pod,
      },
    ];
  });

const create = (api: LabApi, { name, driver, volume, pod }: Attachment): void => {
  attemptCreate(api, RESOURCE, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name },
    spec: { attacher: driver, nodeName: pod.spec.nodeName, source: { persistentVolumeName: volume } },
  });
};

const report = (api: LabApi, { volume, pod }: Attachment, existing: KubeJson, fault: EventDraft | undefined): void => {
  const before = existing['status'] as { attached?: boolean; attachError?: { message?: string } } | undefined;
  if (fault) {
    if (before?.attachError?.message === fault.message) return;
    const attachError = { time: timestamp(api.now()), message: fault.message };
    return writeStatus(api, RESOURCE, existing, { attached: false, attachError });
  }
  if (isSame(before, { attached: true })) return;
  writeStatus(api, RESOURCE, existing, { attached: true });
  const message = `AttachVolume.Attach succeeded for volume "${volume}" `;
  api.event(pod, 'Normal', 'SuccessfulAttachVolume', message, NAME);
};

/** VolumeAttachments of the CSI volumes of every pod that has a node; `fault` keeps one from being attached. */
export const createAttachController = (fault: (pod: Pod) => EventDraft | undefined): LoopController => ({
  name: NAME,
  watches: ['pods', RESOURCE],
  wants: ({ resource, type, object, previous }) =>
    resource !== 'pods' ||
    type === 'DELETED' ||
    (object as Pod).spec.nodeName !== (previous as Pod | undefined)?.spec.nodeName,
  reconcile(api) {
    const wanted = new Map<string, Attachment>();
    for (const pod of all(api, 'pods'))
      if (pod.spec.nodeName && !isFinished(pod))
        for (const attachment of attachmentsOf(api, pod)) wanted.set(attachment.name, attachment);
    const existing = new Map(all(api, RESOURCE).map((object) => [object.metadata.name, object]));
    for (const [name, attachment] of wanted) {
      const object = existing.get(name);
      if (!object) create(api, attachment);
      else {
        const found = fault(attachment.pod);
        report(api, attachment, object, found?.reason === 'FailedAttachVolume' ? found : undefined);
      }
    }
    for (const name of existing.keys())
      if (!wanted.has(name)) tolerate(() => api.delete(RESOURCE, undefined, name, {}));
    return undefined;
  },
});
