/**
 * The paths of members that a JSON text gives twice (`metadata.name`, `spec.containers[0].image`), which a parser cannot
 * tell any more. The text must be valid JSON.
 */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g);
  const stack: Frame[] = [];
  for (const [token] of tokens) {
    const frame = stack.at(-1);
    if (token === '{' || token === '[')
      stack.push({ isList: token === '[', seen: new Set(), key: '', index: 0, expectsKey: token === '{' });
    else if (token === '}' || token === ']') stack.pop();
    else if (token === ',' && frame) next(frame);
    else if (frame?.expectsKey && token.startsWith('"')) readKey(frame, token, stack, found);
  }
  return found;
}

interface Frame {
  readonly isList: boolean;
  readonly seen: Set<string>;
  key: string;
  index: number;
  expectsKey: boolean;
}

function next(frame: Frame): void {
  if (frame.isList) frame.index += 1;
  else frame.expectsKey = true;
}

function readKey(frame: Frame, token: string, stack: readonly Frame[], found: string[]): void {
  const key: unknown = JSON.parse(token);
  frame.key = typeof key === 'string' ? key : '';
  frame.expectsKey = false;
  if (frame.seen.has(frame.key)) found.push(pathOf(stack));
  frame.seen.add(frame.key);
}

const pathOf = (stack: readonly Frame[]): string =>
  stack.reduce(
    (path, { isList, index, key }) => (isList ? `${path}[${index}]` : path === '' ? key : `${path}.${key}`),
    '',
  );
