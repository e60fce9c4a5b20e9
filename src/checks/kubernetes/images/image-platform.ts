import * as z from 'zod';
import { canonicalImage, repositoryOf } from '../../../world/image-reference.ts';
import type { Image, Node } from '../../../world/kubernetes/cluster.ts';
import { platformOf } from '../../../world/kubernetes/images.ts';
import { indexWorkloads, WORKLOAD_PARTS, type Workload } from '../../../world/relations.ts';
import { admits, matchesNode } from '../../../world/scheduling.ts';
import { boundVolumes, type StorageParts } from '../../../world/storage.ts';
import { defineCheck, type FoundFault } from '../../define.ts';
import { enumerate } from '../../facts.ts';

export default defineCheck({
  id: 'K05',
  title: 'Every image runs on every node its pods may land on',
  severity: 'high',
  why: 'The scheduler knows nothing of architectures: an amd64 image dies on the arm64 node with "exec format error", and only there. A change that is proven to do so is denied; what no registry and no running pod can prove is said to be unknown.',
  needs: ['nodes', 'images', 'persistentVolumeClaims', 'persistentVolumes', ...WORKLOAD_PARTS],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate(world) {
    const nodes = [...world.nodes.values()];
    const [platform, ...others] = new Set(nodes.map(platformOf));
    // Where all nodes are alike an image that does not fit fails on every one of them, at once and for all to see.
    const alike = platform !== undefined && others.length === 0;
    return indexWorkloads(world).all.flatMap((workload) => {
      const isOver = (workload.kind === 'Job' || workload.kind === 'Pod') && workload.desired === 0;
      const faults = isOver ? [] : judge(workload, landingNodes(workload, nodes, world), world.images);
      return alike ? faults.filter(({ unknown }) => unknown !== true) : faults;
    });
  },
});

/** Nodes that let the pod in (a cordoned one does not) and that its bound volumes can be reached from. A running bare pod stays where it is. */
function landingNodes(workload: Workload, nodes: readonly Node[], storage: StorageParts): readonly Node[] {
  const { spec, kind } = workload;
  if (kind === 'Pod' && spec.nodeName !== undefined)
    return nodes.filter(({ metadata }) => metadata.name === spec.nodeName);
  const needed = boundVolumes(workload, storage).flatMap(({ spec }) => spec.nodeAffinity?.required ?? []);
  return nodes.filter(
    (node) =>
      admits(spec, node).fits &&
      needed.every((required) => matchesNode(required, node.metadata.labels, node.metadata.name)),
  );
}

function judge(workload: Workload, nodes: readonly Node[], images: ReadonlyMap<string, Image>): readonly FoundFault[] {
  const landing = Map.groupBy(nodes, platformOf);
  const { containers, initContainers } = workload.spec;
  const references = [...new Set([...initContainers, ...containers].map(({ image }) => image))];
  const pairs = references.flatMap((image) => [...landing.keys()].map((platform) => ({ image, platform })));
  const wrong = pairs.filter(({ image, platform }) => offers(images.get(canonicalImage(image)), platform) === 'no');
  const open = pairs.filter(({ image, platform }) => offers(images.get(canonicalImage(image)), platform) === 'unknown');
  if (wrong.length > 0) return [wrongFault(workload, wrong, landing, images)];
  return open.length > 0 ? [openFault(workload, open)] : [];
}

type Pair = { readonly image: string; readonly platform: string | undefined };

/** What was seen running counts before what a registry says: a node may emulate another architecture. */
function offers(image: Image | undefined, platform: string | undefined): 'yes' | 'no' | 'unknown' {
  if (image === undefined || platform === undefined) return 'unknown';
  if (image.platforms.includes(platform)) return 'yes';
  return image.broken.includes(platform) || image.complete ? 'no' : 'unknown';
}

function wrongFault(
  { key, part, id, desired, kind }: Workload,
  wrong: readonly Pair[],
  landing: ReadonlyMap<string | undefined, readonly Node[]>,
  images: ReadonlyMap<string, Image>,
): FoundFault {
  const platforms = [...new Set(wrong.map(({ platform }) => platform ?? ''))];
  const nodes = platforms.flatMap((each) => (landing.get(each) ?? []).map(({ metadata }) => metadata.name));
  const good = [...landing.keys()].find((each) => each !== undefined && !platforms.includes(each));
  const selector = kind === 'CronJob' ? 'spec.jobTemplate.spec.template.spec.nodeSelector' : 'nodeSelector';
  return {
    target: key,
    subject: { part, id },
    severity: desired === 0 ? 'low' : 'high',
    message: `${key} may land on ${enumerate(nodes)}, where ${enumerate([...new Set(wrong.map(({ image }) => image))])} cannot run (${platforms.join(', ')}).`,
    evidence: wrong.flatMap(({ image, platform }) => {
      const { platforms: offered = [], evidence = [] } = images.get(canonicalImage(image)) ?? {};
      return [`${image}: known for ${offered.join(', ') || 'no platform'}, not for ${platform ?? ''}`, ...evidence];
    }),
    remedy:
      good === undefined
        ? 'Use an image that is built for this platform.'
        : `Add ${selector} kubernetes.io/arch: ${archOf(good)} to the pod template, or use an image that is built for ${platforms.join(', ')} too.`,
    fingerprint: `K05:${key}:${wrong.map(pairText).sort().join('+')}`,
    shared: wrong.map(pairText),
    lessons: ['k8s-arch-exec-format', 'k8s-headless-chrome-arm64'],
  };
}

const pairText = ({ image, platform }: Pair): string => `${repositoryOf(image)}@${platform ?? ''}`;

const archOf = (platform: string): string => platform.split('/')[1] ?? platform;

const openFault = ({ key, part, id }: Workload, open: readonly Pair[]): FoundFault => ({
  target: key,
  subject: { part, id },
  severity: 'low',
  message: `Whether ${key} runs on every node it may land on is not known: nothing tells the platforms of ${enumerate([...new Set(open.map(({ image }) => image))])}.`,
  evidence: open.map(({ image, platform }) => `${image} on ${platform ?? 'a node that does not state its platform'}`),
  remedy:
    'Set images.registry to true, so that steward may ask the registry, or select the architecture that the image is known to run on.',
  fingerprint: `K05:unknown:${key}`,
  lessons: ['k8s-arch-exec-format'],
  introduced: 'note',
  unknown: true,
});
