import type { Lesson } from '../core/lesson.ts';
import { symptomNode } from './signature.ts';

export const NODE_KINDS = [
  'lesson',
  'symptom',
  'cause',
  'fix',
  'guard',
  'check',
  'component',
  'kind',
  'resource',
  'host',
  'namespace',
  'action',
  'path',
  'incident',
  'evidence',
  'session',
  'note',
  'decision',
  'entity',
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** A node of the lessons graph: `lesson:k8s-latest-tag`, `component:coredns`, `check:K06`, `kind:Service`, `action:cluster_drain`. */
export type NodeId = `${NodeKind}:${string}`;

export const LINK_KINDS = [
  /** Lesson -> component, kind, action, namespace, resource, host, path. */
  'applies_to',
  /** Lesson -> check, guard. */
  'enforced_by',
  'has_symptom',
  'explained_by',
  'fixed_by',
  /** Lesson -> the one it replaces. */
  'supersedes',
  'similar',
  /** Both hold for somebody: shown together until one of them is retired or the link is. */
  'contradicts',
  /** Lesson -> incident, session or note that it was learned from. */
  'derived_from',
  /** Cause -> symptom. */
  'causes',
  /** Evidence -> lesson or cause. */
  'supports',
  'refutes',
  'runs_on',
  'part_of',
  'depends_on',
  /** Incident -> the lesson that was known already. */
  'recurrence_of',
  /** Session -> lesson. */
  'consulted',
  /** Anything else; `data.relation` names it. */
  'relates_to',
] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** Facts about a link: `{range: '>=1.11'}` of a component, `{reason}` of a replacement, `{relation}`. */
export type LinkData = Readonly<Record<string, string | number | boolean>>;

export interface DeclaredLink {
  readonly from: NodeId;
  readonly kind: LinkKind;
  readonly to: NodeId;
  readonly data?: LinkData;
}

export const lessonNode = (id: string): NodeId => `lesson:${id}`;

/** The kind of a node, or undefined when the text is not the id of one. */
export function kindOfNode(id: string): NodeKind | undefined {
  const name = id.slice(0, Math.max(0, id.indexOf(':')));
  return NODE_KINDS.find((kind) => kind === name && id.length > name.length + 1);
}

/** The links that a lesson's own front matter states. */
export function declaredLinks(lesson: Lesson): readonly DeclaredLink[] {
  const from = lessonNode(lesson.id);
  const to = (kind: LinkKind, nodes: readonly NodeId[]): DeclaredLink[] =>
    [...new Set(nodes)].map((node) => ({ from, kind, to: node }));
  const { kinds = [], actions = [], namespaces = [], paths = [] } = lesson.applies_to;
  const components = Object.entries(lesson.components).map(([name, range]): DeclaredLink => {
    return { from, kind: 'applies_to', to: `component:${name}`, ...(range !== '*' && { data: { range } }) };
  });
  return [
    ...components,
    ...to('applies_to', [
      ...kinds.map((kind): NodeId => `kind:${kind}`),
      ...actions.map((action): NodeId => `action:${action}`),
      ...namespaces.map((name): NodeId => `namespace:${name}`),
      ...paths.map((glob): NodeId => `path:${glob}`),
    ]),
    ...to('has_symptom', [symptomNode(lesson.symptom)]),
    ...to('enforced_by', [
      ...lesson.checks.map((check): NodeId => `check:${check}`),
      ...(lesson.guard === undefined ? [] : [`guard:${lesson.id}` as const]),
    ]),
    ...to('supersedes', lesson.supersedes.map(lessonNode)),
  ];
}
