/** Where an image is asked for. */
export interface ImageAddress {
  /** Host and port of the registry's API. */
  readonly host: string;
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
}

const PART = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const REFERENCE = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|sha256:[0-9a-f]{64})$/;

/** Takes the full form `registry/path:tag` or `registry/path@digest`. Throws for what is none: no part of it may leave its place in a URL. */
export function parseImage(image: string): ImageAddress {
  const [name = '', digest] = image.split('@', 2);
  const colon = name.lastIndexOf(':');
  const tagged = colon > name.lastIndexOf('/');
  const [registry = '', ...path] = (tagged ? name.slice(0, colon) : name).split('/');
  const reference = digest ?? (tagged ? name.slice(colon + 1) : 'latest');
  if (
    !/^[A-Za-z0-9.-]+(?::\d+)?$/.test(registry) ||
    path.length === 0 ||
    !path.every((part) => PART.test(part)) ||
    !REFERENCE.test(reference)
  )
    throw new Error(`"${image}" is no image reference`);
  return { host: registry === 'docker.io' ? 'registry-1.docker.io' : registry, repository: path.join('/'), reference };
}
