import { stringify } from 'yaml';

/** Block YAML without anchors and without folding, so that a line is a line. */
export const toYaml = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
