import type { parse } from '@bufbuild/cel';

type Expression = NonNullable<ReturnType<typeof parse>['expr']>;
type Macros = NonNullable<NonNullable<ReturnType<typeof parse>['sourceInfo']>['macroCalls']>;

/** A call as it was written: `a.exists(x, p)` and `has(a.b)` are calls, what they stand for is not looked at. */
export type Node =
  | { readonly kind: 'constant'; readonly text: string; readonly value: unknown }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'field'; readonly of: Node; readonly field: string }
  | { readonly kind: 'call'; readonly name: string; readonly on: Node | undefined; readonly args: readonly Node[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'other'; readonly what: string };

/** The expression as a small tree of what was written, macros not expanded. */
export async function readCel(text: string): Promise<Node> {
  const { parse: parseCel } = await import('@bufbuild/cel');
  const parsed = parseCel(text);
  return parsed.expr === undefined ? other('nothing') : toNode(parsed.expr, parsed.sourceInfo?.macroCalls ?? {});
}

const other = (what: string): Node => ({ kind: 'other', what });

function toNode(expression: Expression, macros: Macros): Node {
  const macro = macros[String(expression.id)];
  const { case: kind, value } = (macro ?? expression).exprKind;
  const node = (inner: Expression | undefined): Node =>
    inner === undefined ? other('nothing') : toNode(inner, macros);
  switch (kind) {
    case 'constExpr':
      return constant(value.constantKind);
    case 'identExpr':
      return { kind: 'name', name: value.name };
    case 'selectExpr':
      return { kind: 'field', of: node(value.operand), field: value.field };
    case 'callExpr':
      return {
        kind: 'call',
        name: value.function,
        on: value.target === undefined ? undefined : node(value.target),
        args: value.args.map(node),
      };
    case 'listExpr':
      return { kind: 'list', items: value.elements.map(node) };
    case 'structExpr':
    case 'comprehensionExpr':
    case undefined:
      return other(kind ?? 'nothing');
  }
}

function constant({ case: kind, value }: { readonly case?: string | undefined; readonly value?: unknown }): Node {
  if (kind === 'stringValue') return { kind: 'constant', text: quoted(String(value)), value };
  if (kind === 'boolValue' || kind === 'int64Value') return { kind: 'constant', text: String(value), value };
  if (kind === 'doubleValue')
    return { kind: 'constant', text: Number.isInteger(value) ? `${String(value)}.0` : String(value), value };
  return kind === 'nullValue' ? { kind: 'constant', text: 'null', value: null } : other(kind ?? 'nothing');
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export const quoted = (text: string): string => `'${text.replaceAll(/[\\'\n\r\t]/g, (one) => ESCAPES[one] ?? one)}'`;
