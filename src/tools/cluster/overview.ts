import * as z from 'zod';
import { type CheckResult, type Finding, findingLine, layerOf } from '../../core/finding.ts';
import type { Section } from '../../core/output.ts';
import { bySeverity } from '../../core/severity.ts';
import type { ObjectPartName, Parts } from '../../world/parts.ts';
import type { World } from '../../world/world.ts';
import { defineTool, type Standing } from '../define.ts';
import { machinesText } from './support/overview-machines.ts';
import { podState } from './support/pod-state.ts';

const MAX_FINDINGS = 12;

interface Found {
  readonly world: World;
  readonly results: readonly CheckResult[];
  readonly standing: Awaited<ReturnType<Standing['read']>>;
}

export default defineTool({
  name: 'overview',
  title: 'Overview of the lab',
  description:
    'One screen: nodes, workloads, what is wrong worst first with check ids, what could not be checked, and whether changes are allowed now. Start here.',
  effect: 'read',
  needs: ['world', 'audit', 'standing'],
  taints: [],
  input: z.strictObject({}),
  async run(_input, ctx): Promise<Found> {
    const {
      clients: { world, audit, standing },
      signal,
    } = ctx;
    ctx.progress('looking at the cluster');
    // The audit shares the look that has just been taken.
    const seen = await world.world({ maxAgeMs: 0, signal });
    const [results, stands] = await Promise.all([audit.run({ signal }), standing.read()]);
    return { world: seen, results, standing: stands };
  },
  render: (found) => ({
    summary: `${healthSentence(found)} ${modeSentence(found)}`,
    sections: [
      { kind: 'text', text: countsText(found.world) },
      ...findingSections(found.results),
      ...unknownSections(found),
    ],
    next: nextOf(found),
  }),
});

const findingsOf = (results: readonly CheckResult[]): readonly Finding[] =>
  results
    .flatMap(({ findings }) => findings)
    .toSorted((a, b) => bySeverity(a.severity, b.severity) || layerOf(a.check) - layerOf(b.check));

function healthSentence({ results }: Found): string {
  const real = findingsOf(results).filter((finding) => finding.unknown !== true);
  const tally = tallyOf(results);
  if (real.length === 0)
    return `Nothing wrong found${results.some(({ status }) => status === 'unknown') ? ' in what could be read' : ''}: ${tally}.`;
  const worst = real[0]?.severity ?? 'low';
  return `${real.length} finding${real.length === 1 ? '' : 's'}, worst ${worst}; ${tally}.`;
}

function tallyOf(results: readonly CheckResult[]): string {
  const amount = (wanted: CheckResult['status']): number => results.filter(({ status }) => status === wanted).length;
  const unknown = amount('unknown');
  return `${amount('pass')} checks pass${unknown === 0 ? '' : `, ${unknown} could not be judged`}`;
}

function modeSentence({ standing: { mode, frozen } }: Found): string {
  if (frozen !== undefined)
    return `FROZEN by ${frozen.by} (${frozen.reason}): nothing can be applied until "steward thaw".`;
  const MEANING = {
    observe: 'reads and plans only',
    assist: 'every change asks a person',
    operate: 'safe changes run, others ask',
  } as const;
  return `Mode ${mode}: ${MEANING[mode]}.`;
}

function countsText(world: World): string {
  return [nodesText(world), workloadsText(world), podsText(world), volumesText(world), ...machinesText(world)]
    .filter((line) => line !== '')
    .join('\n');
}

/** Values of a part, or why there are none. */
function valuesOf<K extends ObjectPartName>(
  world: World,
  name: K,
): { values?: readonly ValueOf<Parts[K]>[]; gap: string } {
  const part = world.part(name);
  if (part.state === 'known') return { values: [...part.value.values()] as ValueOf<Parts[K]>[], gap: '' }; // sound: values of that very map
  return { gap: part.state === 'unknown' ? `not readable` : '' };
}
type ValueOf<M> = M extends ReadonlyMap<string, infer V> ? V : never;

const isReady = ({ status }: ValueOf<Parts['nodes']>): boolean =>
  status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');

function nodesText(world: World): string {
  const { values, gap } = valuesOf(world, 'nodes');
  if (values === undefined) return gap && `Nodes: ${gap}`;
  const off = values.filter((node) => !isReady(node)).map(({ metadata }) => `${metadata.name} NotReady`);
  const cordoned = values.filter(({ spec }) => spec.unschedulable).map(({ metadata }) => `${metadata.name} cordoned`);
  const kinds = [...Map.groupBy(values, ({ status }) => status.nodeInfo?.architecture || '?')].map(
    ([arch, nodes]) => `${nodes.length} ${arch}`,
  );
  const versions = [...new Set(values.map(({ status }) => status.nodeInfo?.kubeletVersion || '?'))];
  return [
    `Nodes: ${values.length - off.length}/${values.length} ready`,
    kinds.join(' + '),
    versions.join(', '),
    ...off,
    ...cordoned,
  ].join('; ');
}

function workloadsText(world: World): string {
  const short = (kind: string, wanted: number, is: number, name: string): string[] =>
    is < wanted ? [`${kind} ${name} ${is}/${wanted}`] : [];
  const [deployments, stateful, daemons] = [
    valuesOf(world, 'deployments'),
    valuesOf(world, 'statefulSets'),
    valuesOf(world, 'daemonSets'),
  ];
  const id = ({ namespace, name }: { namespace?: string | undefined; name: string }): string =>
    `${namespace ?? ''}/${name}`;
  const missing = [
    ...(deployments.values ?? []).flatMap(({ metadata, spec, status }) =>
      short('Deployment', spec.replicas, status.availableReplicas, id(metadata)),
    ),
    ...(stateful.values ?? []).flatMap(({ metadata, spec, status }) =>
      short('StatefulSet', spec.replicas, status.readyReplicas, id(metadata)),
    ),
    ...(daemons.values ?? []).flatMap(({ metadata, status }) =>
      short('DaemonSet', status.desiredNumberScheduled, status.numberAvailable, id(metadata)),
    ),
  ];
  const count = (one: { values?: readonly unknown[] }, word: string): string[] =>
    one.values === undefined ? [] : [`${one.values.length} ${word}`];
  const totals = [
    ...count(deployments, 'Deployments'),
    ...count(stateful, 'StatefulSets'),
    ...count(daemons, 'DaemonSets'),
  ];
  if (totals.length === 0) return '';
  const more = missing.length > 8 ? [`${missing.length - 8} more`] : [];
  return `Workloads: ${totals.join(', ')}; ${missing.length === 0 ? 'all complete' : `incomplete: ${[...missing.slice(0, 8), ...more].join(', ')}`}`;
}

function podsText(world: World): string {
  const { values, gap } = valuesOf(world, 'pods');
  if (values === undefined) return gap && `Pods: ${gap}`;
  // The kubelet of a node that is gone says nothing any more: its pods go on saying Running.
  const lost = new Set(
    (valuesOf(world, 'nodes').values ?? []).filter((node) => !isReady(node)).map(({ metadata }) => metadata.name),
  );
  const stateOf = (pod: (typeof values)[number]): string => {
    const { healthy, status } = podState(pod);
    const isLost = lost.has(pod.spec.nodeName ?? '') && status !== 'Completed' && status !== 'Succeeded';
    return isLost ? 'on a node that is not ready' : healthy ? '' : status;
  };
  const sick = values.map(stateOf).filter((state) => state !== '');
  const kinds = [...Map.groupBy(sick, (state) => state)].map(([state, pods]) => `${pods.length} ${state}`);
  return `Pods: ${values.length}, ${sick.length === 0 ? 'all healthy' : `${sick.length} not healthy (${kinds.join(', ')})`}`;
}

function volumesText(world: World): string {
  const { values } = valuesOf(world, 'persistentVolumeClaims');
  if (values === undefined || values.length === 0) return '';
  const pending = values.filter(({ status }) => status.phase !== 'Bound');
  const names = pending
    .slice(0, 5)
    .map(({ metadata, status }) => `${metadata.namespace ?? ''}/${metadata.name} ${status.phase}`);
  return `Volumes: ${values.length - pending.length}/${values.length} claims bound${names.length === 0 ? '' : `; ${names.join(', ')}`}`;
}

/** Findings of one check with the same remedy are one entry: eight apps with one fault are one thing to do. */
function findingSections(results: readonly CheckResult[]): readonly Section[] {
  const findings = findingsOf(results).filter(({ unknown }) => unknown !== true);
  if (findings.length === 0) return [];
  const groups = [
    ...Map.groupBy(findings, ({ check, severity, remedy }) => `${check}\t${severity}\t${remedy}`).values(),
  ];
  const lines = groups.slice(0, MAX_FINDINGS).map(groupText);
  const more = groups.length > MAX_FINDINGS ? [`… ${groups.length - MAX_FINDINGS} more`] : [];
  return [{ kind: 'text', title: 'Wrong, worst first', text: [...lines, ...more].join('\n') }];
}

function groupText(group: readonly Finding[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const { check, severity, remedy, lessons } = first;
  const others = group.slice(1, 9).map((one) => one.target);
  const more = group.length > 9 ? `, ${group.length - 9} more` : '';
  return [
    `- ${check} ${severity}: ${findingLine(first)}`,
    ...(others.length === 0 ? [] : [`    the same: ${others.join(', ')}${more}`]),
    `    do: ${remedy}${lessons.length === 0 ? '' : ` (lesson ${lessons.join(', ')})`}`,
  ].join('\n');
}

/** Checks that could not run, and targets that a check could not judge. */
function unknownSections({ results }: Found): readonly Section[] {
  const gaps = results.flatMap(({ check, status, reason, findings }): (readonly [string, string])[] => {
    const [first, ...others] = findings.filter(({ unknown }) => unknown === true);
    if (first !== undefined)
      return [[`${first.message}${others.length === 0 ? '' : ` And ${others.length} more like it.`}`, check]];
    if (status !== 'unknown') return [];
    return [...new Set((reason ?? 'no reason given').split('; ').map(withoutPart))].map((one) => [one, check]);
  });
  // One system that is away keeps many checks from answering: it is said once.
  const lines = [...Map.groupBy(gaps, ([reason]) => reason)].map(
    ([reason, own]) => `- ${own.map(([, check]) => check).join(', ')}: ${reason}`,
  );
  return lines.length === 0 ? [] : [{ kind: 'text', title: 'Could not be judged', text: lines.join('\n') }];
}

/** The runner puts the part of the world before its reason: `pods: Unable to ...`. */
const withoutPart = (reason: string): string => reason.replace(/^[a-z][A-Za-z]*: /, '');

const nextOf = ({ results }: Found): string =>
  findingsOf(results).length > 0
    ? 'cluster_diagnose explains one app; plan_change works out a fix.'
    : 'cluster_list and cluster_diagnose look closer.';
