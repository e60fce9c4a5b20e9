import { readFile } from 'node:fs/promises';
import { inputError, messageOf } from '../core/errors.ts';
import type { Terminal } from './terminal.ts';

/** JSON (or YAML) from the command line, from `@file`, or from stdin with `-`. Errors (`input`): `invalid_json`, `input_not_found`. */
export async function readInput(text: string, terminal: Terminal): Promise<unknown> {
  const source =
    text === '-' ? await terminal.readInput() : text.startsWith('@') ? await readText(text.slice(1)) : text;
  const { parse } = await import('yaml'); // every JSON text is YAML
  try {
    return parse(source);
  } catch (error) {
    throw inputError(
      'invalid_json',
      `Unable to read the input: ${messageOf(error).split('\n')[0]}.`,
      'Give JSON, or @file, or - for stdin.',
    );
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw inputError(
      'input_not_found',
      `Unable to read ${path}: ${messageOf(error)}.`,
      'Name an existing file after @.',
    );
  }
}
