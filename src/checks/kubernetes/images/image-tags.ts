/** The tag of an image reference; `undefined` when it has none or is pinned by digest alone. */
export function tagOf(reference: string): string | undefined {
  const [path = ''] = reference.split('@');
  const at = path.lastIndexOf(':');
  return at > path.lastIndexOf('/') ? path.slice(at + 1) : undefined;
}

interface Version {
  readonly numbers: readonly number[];
  readonly isPrerelease: boolean;
}

/** `v1.2.3`, `10.9`, `2024.11.1-alpine`, `1.2.0-rc1`; a commit, a branch or a bare word is no version. */
function versionOf(tag: string): Version | undefined {
  const [, numbers, rest = ''] =
    /^(?:v|version-|release-)?(\d{1,8}(?:\.\d{1,8}){1,3}|\d{1,8})((?:[-+.].*)?)$/i.exec(tag) ?? [];
  if (numbers === undefined) return undefined;
  return {
    numbers: numbers.split('.').map(Number),
    isPrerelease: /^[-+.](?:alpha|beta|rc|pre|preview|dev|nightly)/i.test(rest),
  };
}

/**
 * Whether `tag` is an older version than `than`, for certain. A shorter tag floats (`10` may mean any `10.x`), so only the
 * numbers that both have are compared.
 */
export function isOlderTag(tag: string | undefined, than: string | undefined): boolean {
  const [a, b] = [versionOf(tag ?? ''), versionOf(than ?? '')];
  if (a === undefined || b === undefined) return false;
  for (let at = 0; at < Math.min(a.numbers.length, b.numbers.length); at++) {
    const step = (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0);
    if (step !== 0) return step < 0;
  }
  return a.numbers.length === b.numbers.length && a.isPrerelease && !b.isPrerelease;
}
