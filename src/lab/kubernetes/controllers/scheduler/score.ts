import type { Pod } from '../kinds.ts';
import { controllerOf } from '../support.ts';
import type { NodeView } from './filters.ts';
import { podRequests } from './requests.ts';

/** What a pod without requests is taken to need when nodes are compared, as in the real scheduler. */
const ASSUMED: ReadonlyMap<string, number> = new Map([
  ['cpu', 0.1],
  ['memory', 200 * 1024 * 1024],
]);

const assumed = (pod: Pod, name: string): number => podRequests(pod).get(name) ?? ASSUMED.get(name) ?? 0;

/** The share of CPU and memory left free with the pod on it, 0 to 1. */
const freeShare = (pod: Pod, { room, pods }: NodeView): number => {
  const shares = [...ASSUMED.keys()].map((name) => {
    const total = room.get(name) ?? 0;
    const used = pods.reduce((sum, each) => sum + assumed(each, name), assumed(pod, name));
    return total === 0 ? 0 : Math.max(0, total - used) / total;
  });
  return shares.reduce((sum, each) => sum + each, 0) / shares.length;
};

const siblings = (pod: Pod, { pods }: NodeView): number => {
  const owner = controllerOf(pod)?.uid;
  return owner === undefined ? 0 : pods.filter((each) => controllerOf(each)?.uid === owner).length;
};

/** The best node first: fewest pods of the same controller, then the emptiest, then the first name. */
export const ranked = (pod: Pod, views: readonly NodeView[]): readonly NodeView[] =>
  views
    .map((view) => ({ view, siblings: siblings(pod, view), free: freeShare(pod, view) }))
    .sort(
      (a, b) =>
        a.siblings - b.siblings ||
        b.free - a.free ||
        a.view.node.metadata.name.localeCompare(b.view.node.metadata.name),
    )
    .map(({ view }) => view);
