import type { KubeJson } from '../kubernetes/json.ts';
import type { LabVolume } from './host.ts';
import { bytesOf } from './make.ts';

interface Volume extends KubeJson {
  readonly spec?: {
    readonly csi?: { readonly driver?: string; readonly volumeHandle?: string };
    readonly capacity?: Readonly<Record<string, string>>;
  };
}

/** PersistentVolumes of the lab's cluster as its CSI drivers see them. */
export const volumesIn = (objects: readonly KubeJson[]): readonly LabVolume[] =>
  objects.flatMap((object) => {
    const { csi, capacity } = (object as Volume).spec ?? {}; // sound: a PersistentVolume; every member may be missing
    if (csi?.driver === undefined || csi.volumeHandle === undefined) return [];
    return [{ driver: csi.driver, handle: csi.volumeHandle, sizeBytes: bytesOf(capacity?.['storage'] ?? '1Gi') }];
  });
