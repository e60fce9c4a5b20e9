import * as yaml from 'yaml';
import * as z from 'zod';
import type { ObjectRef } from './contract.ts';

const DOCUMENT = /^---(?:[ \t].*)?$/m;
const KEEP = /helm\.sh\/resource-policy["']?:[ \t]*["']?keep\b/;

/**
 * The objects that a manifest names. Parsing 60 manifests as YAML takes seconds of CPU, so lines are looked at;
 * a document that is not written in block style (a List, a flow mapping) is parsed.
 */
export const refsOf = (manifest: string): readonly ObjectRef[] =>
  manifest.split(DOCUMENT).flatMap((document) => {
    const found = scan(document);
    return found === undefined ? parse(document) : [found];
  });

function scan(document: string): ObjectRef | undefined {
  const [apiVersion, kind] = [topLevel(document, 'apiVersion'), topLevel(document, 'kind')];
  const metadata = /^metadata:[ \t]*(?:#.*)?\n((?:[ \t]+.*(?:\n|$)|[ \t]*(?:#.*)?\n)+)/m.exec(document)?.[1];
  if (apiVersion === undefined || kind === undefined || kind.endsWith('List') || metadata === undefined)
    return undefined;
  const indent = /^([ \t]+)\S/m.exec(metadata)?.[1] ?? '  ';
  const name = member(metadata, indent, 'name');
  const namespace = member(metadata, indent, 'namespace');
  if (name === undefined) return undefined;
  return { apiVersion, kind, ...(namespace !== undefined && { namespace }), name, keep: KEEP.test(metadata) };
}

const PLAIN = String.raw`(?:"([^"\\\n]*)"|'([^'\n]*)'|([A-Za-z0-9][^\s#"'{}\[\],&*!|>]*))[ \t]*(?:#.*)?$`;

const topLevel = (document: string, key: string): string | undefined => valueOf(document, `^${key}:[ \\t]+${PLAIN}`);

const member = (block: string, indent: string, key: string): string | undefined =>
  valueOf(block, `^${indent}${key}:[ \\t]+${PLAIN}`);

function valueOf(text: string, pattern: string): string | undefined {
  const [, double, single, plain] = new RegExp(pattern, 'm').exec(text) ?? [];
  return double ?? single ?? plain;
}

const Parsed = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.unknown()).nullish(),
  }),
});
const ParsedList = z.looseObject({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) });

function parse(document: string): readonly ObjectRef[] {
  if (!/\S/.test(document.replaceAll(/^[ \t]*#.*$/gm, ''))) return [];
  return refsIn(yaml.parseDocument(document, { logLevel: 'silent' }).toJS({ maxAliasCount: 100 }));
}

function refsIn(value: unknown): readonly ObjectRef[] {
  const list = ParsedList.safeParse(value);
  if (list.success) return list.data.items.flatMap(refsIn);
  const { success, data } = Parsed.safeParse(value);
  if (!success) return [];
  const { apiVersion, kind, metadata } = data;
  const { name, namespace, annotations } = metadata;
  const keep = annotations?.['helm.sh/resource-policy'] === 'keep';
  return [{ apiVersion, kind, ...(namespace !== undefined && { namespace }), name, keep }];
}
