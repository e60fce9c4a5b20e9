import type { LogLine, LogSource } from '../api/logs.ts';
import type { LabApi } from '../controller.ts';
import { one, type Pod } from '../controllers/kinds.ts';
import type { ImageTable } from '../controllers/kubelet/images.ts';
import { logLines } from '../controllers/kubelet/logs.ts';
import type { KubeJson } from '../json.ts';

const FOLLOW_EVERY_MS = 1000;

const waitingText = (pod: Pod, container: string): string => {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const reason = statuses.find(({ name }) => name === container)?.state.waiting?.reason ?? 'ContainerCreating';
  return /^(ErrImagePull|ImagePullBackOff)$/.test(reason) ? 'trying and failing to pull image' : reason;
};

/** The logs that the lab's kubelets keep. */
export const createLogSource = (api: LabApi, images: ImageTable): LogSource => {
  const read = (pod: Pod, container: string, previous: boolean): readonly LogLine[] | undefined => {
    const node = one(api, 'nodes', undefined, pod.spec.nodeName ?? '');
    return logLines(images, { pod, node, container, previous, now: api.now() });
  };
  // The API hands in pods that passed the schema of their kind.
  const asPod = (pod: KubeJson): Pod => pod as Pod;
  return {
    logs(given, container, { previous }) {
      const pod = asPod(given);
      const lines = read(pod, container, previous);
      if (lines) return { lines };
      const about = `container "${container}" in pod "${pod.metadata.name}"`;
      return {
        error: previous
          ? `previous terminated ${about} not found`
          : `${about} is waiting to start: ${waitingText(pod, container)}`,
      };
    },
    follow(given, container, line) {
      const { namespace, name } = given.metadata;
      let seen = api.now();
      const timer = setInterval(() => {
        const pod = one(api, 'pods', namespace, name);
        const fresh = (pod && read(pod, container, false))?.filter(({ at }) => at > seen) ?? [];
        seen = fresh.at(-1)?.at ?? seen;
        for (const each of fresh) line(each);
      }, FOLLOW_EVERY_MS).unref();
      return () => clearInterval(timer);
    },
  };
};
