import { cleanText } from '../core/render.ts';
import type { Severity } from '../core/severity.ts';
import type { Style, Terminal } from './terminal.ts';

const SEVERITY_STYLE: Readonly<Record<Severity, Style>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'dim',
};

export const styleSeverity = (terminal: Terminal, severity: Severity): string =>
  terminal.style(SEVERITY_STYLE[severity], severity.toUpperCase().padEnd(8));

/** Aligned columns; the last one is not padded. Cells are one line each. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, ...rows].map((row) => row.map((cell) => cleanText(cell).replaceAll(/\s+/g, ' ').trim()));
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map((line) =>
      line.map((cell, index) => (index === line.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Every line moved right by `by` blanks. */
export const indent = (text: string, by = 2): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : `${' '.repeat(by)}${line}`))
    .join('\n');
