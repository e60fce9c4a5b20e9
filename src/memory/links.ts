import type { Lesson } from '../core/lesson.ts';

/** A node of the lessons graph: `lesson:k8s-latest-tag`, `component:coredns`, `check:K06`, `kind:Service`, `action:cluster_drain`. */
export type NodeId = `${'lesson' | 'component' | 'check' | 'kind' | 'action'}:${string}`;

export type LinkKind = 'applies_to' | 'enforced_by' | 'supersedes' | 'similar' | 'contradicts' | 'derived_from';

export interface DeclaredLink {
  readonly from: NodeId;
  readonly kind: LinkKind;
  readonly to: NodeId;
}

export const lessonNode = (id: string): NodeId => `lesson:${id}`;

/** The links that a lesson's own front matter states. */
export function declaredLinks(lesson: Lesson): readonly DeclaredLink[] {
  const from = lessonNode(lesson.id);
  const to = (kind: LinkKind, nodes: readonly NodeId[]): DeclaredLink[] =>
    nodes.map((node) => ({ from, kind, to: node }));
  return [
    ...to(
      'applies_to',
      Object.keys(lesson.components).map((name): NodeId => `component:${name}`),
    ),
    ...to(
      'applies_to',
      (lesson.applies_to.kinds ?? []).map((kind): NodeId => `kind:${kind}`),
    ),
    ...to(
      'applies_to',
      (lesson.applies_to.actions ?? []).map((action): NodeId => `action:${action}`),
    ),
    ...to(
      'enforced_by',
      lesson.checks.map((check): NodeId => `check:${check}`),
    ),
    ...to('supersedes', lesson.supersedes.map(lessonNode)),
  ];
}
