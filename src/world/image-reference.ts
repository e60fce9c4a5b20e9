const DEFAULT_REGISTRY = 'docker.io';

/**
 * The full form of an image reference as a runtime would pull it: registry, `library/` and `:latest` filled in.
 * The same image written in two ways has one key in the part `images`.
 */
export function canonicalImage(reference: string): string {
  const [path = '', digest] = reference.trim().split('@', 2);
  const tagAt = path.lastIndexOf(':');
  const hasTag = tagAt > path.lastIndexOf('/');
  const repository = withRegistry(hasTag ? path.slice(0, tagAt) : path);
  if (digest !== undefined) return `${repository}@${digest}`;
  return `${repository}:${hasTag ? path.slice(tagAt + 1) : 'latest'}`;
}

/** The reference without tag and digest: two versions of one program share it. */
export const repositoryOf = (reference: string): string => canonicalImage(reference).replace(/@.*$|:[^:/]*$/, '');

function withRegistry(name: string): string {
  const [first = '', ...rest] = name.split('/');
  const isRegistry = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  if (isRegistry) return first === 'index.docker.io' ? [DEFAULT_REGISTRY, ...rest].join('/') : name;
  return `${DEFAULT_REGISTRY}/${rest.length === 0 ? `library/${name}` : name}`;
}
