import type { Node } from './cel-text.ts';

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'];

/** A guard counts a workload as a Pod too. */
export const withWorkloads = (kind: string): readonly string[] => (kind === 'Pod' ? ['Pod', ...WORKLOADS] : [kind]);

/** `action.<field>`. */
export const actionField = (node: Node | undefined): string | undefined =>
  node?.kind === 'field' && node.of.kind === 'name' && node.of.name === 'action' ? node.field : undefined;

/** Every text that stands in it. */
export function constantsIn(node: Node): readonly string[] {
  if (node.kind === 'constant') return typeof node.value === 'string' ? [node.value] : [];
  if (node.kind === 'list') return node.items.flatMap(constantsIn);
  return node.kind === 'call' ? node.args.flatMap(constantsIn) : [];
}

/** The kinds that it can hold for, as far as it says so at its top; undefined = any. */
export function kindsOf(node: Node): ReadonlySet<string> | undefined {
  if (node.kind !== 'call') return undefined;
  if (node.name === '_&&_') return narrowest(node.args.map(kindsOf));
  if (node.name === '_||_') return widest(node.args.map(kindsOf));
  const about = actionField(node.on) ?? actionField(node.args.at(-1));
  if (about === 'kinds') return new Set(constantsIn(node).flatMap(withWorkloads));
  if (about === 'objects') return node.args[1] && kindsOf(node.args[1]);
  return isAboutKind(node) ? new Set(constantsIn(node)) : undefined;
}

/** `o.kind == 'X'` or `o.kind in [...]`. */
function isAboutKind({ name, args: [left] }: Node & { kind: 'call' }): boolean {
  const isKind = left?.kind === 'field' && left.field === 'kind' && left.of.kind === 'name';
  return isKind && ['_==_', '@in', '_in_'].includes(name);
}

type Sides = readonly (ReadonlySet<string> | undefined)[];

function narrowest(sides: Sides): ReadonlySet<string> | undefined {
  const known = sides.filter((side) => side !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => new Set([...a].filter((one) => b.has(one))));
}

function widest(sides: Sides): ReadonlySet<string> | undefined {
  const known = sides.filter((side) => side !== undefined);
  return known.length < sides.length ? undefined : new Set(known.flatMap((side) => [...side]));
}
