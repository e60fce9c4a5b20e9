import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

/** Rewrites the files instead of comparing: `UPDATE_GOLDEN=1 npx vitest run --project golden`. */
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

/** Compares `text` with a file of this folder. A missing file fails: what is new must be read and kept on purpose. */
export function expectGolden(name: string, text: string): void {
  const path = join(import.meta.dirname, name);
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  if (isUpdate) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, whole);
    return;
  }
  expect(existsSync(path), `${name} is missing; run with UPDATE_GOLDEN=1 and read what it holds`).toBe(true);
  expect(whole).toBe(readFileSync(path, 'utf8'));
}
