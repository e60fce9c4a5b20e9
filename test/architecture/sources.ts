import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface SourceFile {
  /** From the root of the repository: `src/guard/gate.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const ROOT = resolve(import.meta.dirname, '../..');
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g;

export const importsOf = (text: string): string[] =>
  [...text.matchAll(IMPORT)].map(([, a, b, c]) => a ?? b ?? c).filter((name) => name !== undefined);

/** Every file under `src` that ships; tests and their helpers (`testing.ts`) only when asked. */
export function sources(options: { readonly tests: boolean } = { tests: false }): SourceFile[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => options.tests || !/(\.test|(^|\/)testing[^/]*)\.ts$/.test(name))
    .map((name) => {
      const text = readFileSync(join(ROOT, 'src', name), 'utf8');
      return { path: `src/${name}`, text, imports: importsOf(text) };
    });
}

/** The folder of `src` that a relative import of `file` leads to; `.` for files directly in `src`. */
export function layerOf(path: string): string {
  const [first = '', ...rest] = path.replace(/^src\//, '').split('/');
  return rest.length === 0 ? '.' : first;
}

export const importedLayer = (file: SourceFile, specifier: string): string | undefined =>
  specifier.startsWith('.') ? layerOf(relative(ROOT, resolve(ROOT, dirname(file.path), specifier))) : undefined;
