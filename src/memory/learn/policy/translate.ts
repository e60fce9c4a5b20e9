import { type Node, quoted } from './cel-text.ts';
import { actionField, constantsIn, kindsOf, withWorkloads } from './kinds.ts';

/** What of a guard the API server can judge, or why it cannot. */
export type Translation =
  | { readonly ok: true; readonly when: string; readonly kinds: ReadonlySet<string> | undefined }
  | { readonly ok: false; readonly reason: string };

/** Actions that end as a create or an update of the object: what the API server sees of them. */
const WRITING_VERBS = new Set([
  'apply',
  'patch',
  'label',
  'scale',
  'restart',
  'rollback',
  'cordon',
  'uncordon',
  'install',
  'upgrade',
]);

const BINARY: Readonly<Record<string, string>> = {
  '_&&_': '&&',
  '_||_': '||',
  '_==_': '==',
  '_!=_': '!=',
  '_<_': '<',
  '_<=_': '<=',
  '_>_': '>',
  '_>=_': '>=',
  '@in': 'in',
  _in_: 'in',
  '_+_': '+',
  '_-_': '-',
  '_*_': '*',
  '_/_': '/',
  '_%_': '%',
};
/** Functions that CEL of Kubernetes and of guards have alike. */
const METHODS = new Set(['startsWith', 'endsWith', 'contains', 'matches', 'size']);
const MACROS = new Set(['exists', 'all', 'exists_one', 'filter', 'map']);

class Untranslatable extends Error {}

const refuse = (reason: string): never => {
  throw new Untranslatable(reason);
};

/**
 * A guard over `action` as a condition over `object`, each object by itself. The subset:
 * - `action.objects.exists(o, P)` and `.all(o, P)`: P over `object`;
 * - `action.name` / `action.verb` compared with actions that create or update: holds for every such request;
 * - `'X' in action.kinds`, `action.kinds.exists(k, k == 'X')`, `in action.names`, `in action.namespaces`: as the object has them;
 * - `&&`, `||`, `!`, comparisons, `in`, `has`, `size`, `exists`, `all`, `map`, `filter` and the usual text functions in P.
 * Anything else (`action.input`, `action.text`, `action.targets`, `action.checks`, deletions) the API server cannot see.
 */
export function translate(node: Node): Translation {
  try {
    const kinds = kindsOf(node);
    const when = condition(node, true);
    return when === 'true' ? { ok: false, reason: 'it says nothing about the object' } : { ok: true, when, kinds };
  } catch (error) {
    if (error instanceof Untranslatable) return { ok: false, reason: error.message };
    throw error;
  }
}

/** A condition over the action. `isPositive` = no `!` stands around it. */
function condition(node: Node, isPositive: boolean): string {
  if (node.kind === 'constant' && typeof node.value === 'boolean') return node.text;
  if (node.kind !== 'call') return refuse('it does not compare anything');
  if (node.name === '!_') return `!(${condition(only(node.args), !isPositive)})`;
  if (node.name === '_&&_' || node.name === '_||_') return joined(node.name, node.args, isPositive);
  const about = [node.on, node.args.at(-1), node.args[0]].map(actionField).find((field) => field !== undefined);
  if (about === undefined) return refuse(reasonFor(node));
  if (about === 'objects') return overObjects(node);
  if (about === 'name' || about === 'verb') return overAction(node, about, isPositive);
  const seen = SEEN[about] ?? refuse(`the API server does not know action.${about}`);
  return membership(node, seen.at, seen.spread);
}

function reasonFor(node: Node): string {
  const field = mentioned(node);
  if (field === 'objects') return 'of action.objects only exists and all can be said of one object';
  if (field === undefined) return 'it uses more than the documented subset';
  return `the API server does not know action.${field}, or not like this`;
}

/** The first field of the action that stands somewhere in it. */
function mentioned(node: Node): string | undefined {
  const inner: readonly (Node | undefined)[] =
    node.kind === 'call'
      ? [node.on, ...node.args]
      : node.kind === 'list'
        ? node.items
        : node.kind === 'field'
          ? [node.of]
          : [];
  return actionField(node) ?? inner.map((one) => one && mentioned(one)).find((field) => field !== undefined);
}

/** What the object itself says of lists that guards see of the action. */
const SEEN: Readonly<Record<string, { readonly at: string; readonly spread?: (name: string) => readonly string[] }>> = {
  kinds: { at: 'object.kind', spread: withWorkloads },
  names: { at: 'object.metadata.name' },
  namespaces: { at: "(has(object.metadata.namespace) ? object.metadata.namespace : '')" },
};

function joined(operator: '_&&_' | '_||_', args: readonly Node[], isPositive: boolean): string {
  const parts = args.map((arg) => condition(arg, isPositive));
  const [neutral, winning] = operator === '_&&_' ? ['true', 'false'] : ['false', 'true'];
  if (parts.includes(winning)) return winning;
  const told = parts.filter((part) => part !== neutral);
  if (told.length === 0) return neutral;
  return told.length === 1 ? (told[0] ?? neutral) : told.map(grouped).join(operator === '_&&_' ? ' && ' : ' || ');
}

const grouped = (text: string): string => (/ (?:\|\||\?) /.test(text) ? `(${text})` : text);

function overObjects(node: Node & { kind: 'call' }): string {
  const [variable, body] = node.args;
  if ((node.name !== 'exists' && node.name !== 'all') || variable?.kind !== 'name' || body === undefined)
    return refuse('of action.objects only exists and all can be said of one object');
  return `(${expression(body, new Map([[variable.name, 'object']]))})`;
}

/** The API server does not see which action it was: of those that write the object it must hold for any. */
function overAction(node: Node & { kind: 'call' }, field: 'name' | 'verb', isPositive: boolean): string {
  const names = constantsIn(node);
  if (!isPositive || names.length === 0 || !['_==_', '@in', '_in_'].includes(node.name))
    return refuse(`action.${field} can only be compared with names of actions`);
  const strange = names.find((name) => !WRITING_VERBS.has(field === 'verb' ? name : name.slice(name.indexOf('_') + 1)));
  return strange === undefined ? 'true' : refuse(`the API server sees no created or updated object in ${strange}`);
}

function membership(
  node: Node & { kind: 'call' },
  of: string,
  spread: (name: string) => readonly string[] = (name) => [name],
): string {
  const isSimple =
    node.name === '@in' || node.name === '_in_' || (node.name === 'exists' && isComparison(node.args[1], node.args[0]));
  const names = constantsIn(node);
  if (!isSimple || names.length === 0) return refuse('kinds, names and namespaces can only be compared with texts');
  return `${of} in [${[...new Set(names.flatMap(spread))].map(quoted).join(', ')}]`;
}

/** `k == 'X'` or `k in ['X', 'Y']` of exactly this variable. */
function isComparison(body: Node | undefined, variable: Node | undefined): boolean {
  if (body?.kind !== 'call' || variable?.kind !== 'name') return false;
  const [left, right] = body.args;
  const suits: Readonly<Record<string, Node['kind']>> = { '_==_': 'constant', '@in': 'list', _in_: 'list' };
  return left?.kind === 'name' && left.name === variable.name && right?.kind === suits[body.name];
}

/** Any expression inside the loop over objects; `names` = variables and what stands for them. */
function expression(node: Node, names: ReadonlyMap<string, string>): string {
  switch (node.kind) {
    case 'constant':
      return node.text;
    case 'name':
      return names.get(node.name) ?? refuse(`inside of an object it uses ${node.name}`);
    case 'field':
      return `${expression(node.of, names)}.${node.field}`;
    case 'list':
      return `[${node.items.map((item) => expression(item, names)).join(', ')}]`;
    case 'call':
      return call(node, names);
    case 'other':
      return refuse(`it uses ${node.what}`);
  }
}

const OTHER: Readonly<Record<string, (at: (index: number) => string) => string>> = {
  '!_': (at) => `!(${at(0)})`,
  '-_': (at) => `-${at(0)}`,
  '_[_]': (at) => `${at(0)}[${at(1)}]`,
  '_?_:_': (at) => `(${at(0)} ? ${at(1)} : ${at(2)})`,
};

function call({ name, on, args }: Node & { kind: 'call' }, names: ReadonlyMap<string, string>): string {
  const at = (index: number): string => expression(args[index] ?? refuse('a call lacks its argument'), names);
  const operator = BINARY[name];
  if (operator !== undefined && args.length === 2) return `(${at(0)} ${operator} ${at(1)})`;
  const other = OTHER[name];
  if (other !== undefined) return other(at);
  if ((name === 'has' || name === 'size') && on === undefined) return `${name}(${at(0)})`;
  const receiver = on === undefined ? refuse(`it calls ${name}`) : expression(on, names);
  if (METHODS.has(name)) return `${receiver}.${name}(${args.map((arg) => expression(arg, names)).join(', ')})`;
  return MACROS.has(name) ? macro(name, receiver, args, names) : refuse(`it calls ${name}`);
}

function macro(
  name: string,
  receiver: string,
  [variable, ...bodies]: readonly Node[],
  names: ReadonlyMap<string, string>,
) {
  if (variable?.kind !== 'name') return refuse(`it calls ${name} in an unusual way`);
  const inner = new Map([...names, [variable.name, variable.name]]);
  return `${receiver}.${name}(${[variable.name, ...bodies.map((body) => expression(body, inner))].join(', ')})`;
}

const only = (args: readonly Node[]): Node => args[0] ?? refuse('it negates nothing');
