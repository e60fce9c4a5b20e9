import type { Lesson } from '../../../core/lesson.ts';

/** A kind of files in a repository, and the lessons for whoever edits them. */
export interface Scope {
  readonly id: string;
  readonly title: string;
  /** As `applyTo` (Copilot) and `paths` (Claude Code) want them. */
  readonly globs: readonly string[];
  /** A file whose name fits shows that the repository has such files. */
  readonly shownBy: RegExp;
  readonly suits: (lesson: Lesson) => boolean;
}

const about =
  (...components: string[]) =>
  (lesson: Lesson): boolean =>
    components.some((name) => name in lesson.components);
const onPath =
  (part: RegExp) =>
  ({ applies_to: { paths = [] } }: Lesson): boolean =>
    paths.some((glob) => part.test(glob));
const either =
  (...tests: ((lesson: Lesson) => boolean)[]) =>
  (lesson: Lesson): boolean =>
    tests.some((test) => test(lesson));

export const SCOPES: readonly Scope[] = [
  {
    id: 'kubernetes',
    title: 'Kubernetes manifests and Helm values',
    globs: ['**/*.yaml', '**/*.yml'],
    shownBy:
      /(?:^|\/)(?:kustomization\.ya?ml|Chart\.yaml|helmrelease[\w-]*\.ya?ml|[\w-]*deployment[\w-]*\.ya?ml|(?:kubernetes|k8s|manifests|clusters|charts)\/.+\.ya?ml)$/i,
    suits: ({ applies_to: { actions = [], kinds = [] } }) =>
      actions.some((name) => /^(?:cluster_(?:apply|patch)|helm_)/.test(name)) ||
      (actions.length === 0 && kinds.length > 0),
  },
  {
    id: 'terraform',
    title: 'Terraform and OpenTofu',
    globs: ['**/*.tf', '**/*.tofu', '**/*.tfvars'],
    shownBy: /\.(?:tf|tofu)$/,
    suits: either(about('terraform', 'opentofu'), onPath(/\.(?:tf|tofu|tfvars|tfstate)$/)),
  },
  {
    id: 'ansible',
    title: 'Ansible and host configuration',
    globs: ['ansible/**', '**/playbooks/**', '**/roles/**'],
    shownBy: /(?:^|\/)(?:ansible\.cfg|(?:ansible|playbooks|roles)\/.+\.ya?ml)$/,
    suits: either(
      about('ansible', 'ufw', 'flannel', 'nfs', 'network', 'ubuntu'),
      onPath(/ansible|exports|netplan|interfaces/),
    ),
  },
  {
    id: 'workflows',
    title: 'GitHub workflows',
    globs: ['.github/workflows/**'],
    shownBy: /^\.github\/workflows\/.+\.ya?ml$/,
    suits: either(about('github-actions', 'arc', 'ci', 'ecr'), onPath(/^\.github\/workflows/)),
  },
];
