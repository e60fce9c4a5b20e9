import { StewardError } from '../../core/errors.ts';

/** What the server at the other end speaks; found out once, when the store is opened. */
export interface Dialect {
  /** As the server says it: `5.26.25`, `2026.08.1`. */
  readonly version: string;
  /** Cypher 25 is there (2025.06 and later): statements must then name the language they are written in. */
  readonly cypher25: boolean;
}

/** From rows of `CALL dbms.components()`. Neo4j 5.26 is the oldest that works; a newer one than we know is taken at its word. */
export function dialectOf(
  components: readonly { readonly name: string; readonly versions: readonly string[] }[],
): Dialect {
  const version = components.find(({ name }) => name === 'Neo4j Kernel')?.versions[0] ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!(major > 5 || (major === 5 && minor >= 26)))
    throw new StewardError(
      `Unable to use the Neo4j server: its version is "${version}", 5.26 is the oldest that works.`,
      {
        kind: 'target',
        code: 'lesson_store_unsupported',
        hint: 'Upgrade Neo4j to 5.26 LTS or a calendar release.',
      },
    );
  const languages = components.find(({ name }) => name === 'Cypher')?.versions ?? [];
  return { version, cypher25: languages.includes('25') };
}
