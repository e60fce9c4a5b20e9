/** Lines on each side beyond which the table of a longest common subsequence would be too large. */
const MAX_CELLS = 4_000_000;

type Edit = { readonly mark: ' ' | '-' | '+'; readonly line: string };

/** The difference of two texts in unified form with `context` lines around each change; '' when they are the same. */
export function unifiedDiff(before: string, after: string, context = 3): string {
  if (before === after) return '';
  const edits = editsOf(before === '' ? [] : before.split('\n'), after === '' ? [] : after.split('\n'));
  return hunks(edits, context).join('\n');
}

function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++;
  const same = (lines: readonly string[]): Edit[] => lines.map((line) => ({ mark: ' ', line }));
  return [
    ...same(before.slice(0, head)),
    ...middleOf(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
}

/** Longest common subsequence; for very long texts everything old, then everything new. */
function middleOf(before: readonly string[], after: readonly string[]): Edit[] {
  const removed = (line: string): Edit => ({ mark: '-', line });
  const added = (line: string): Edit => ({ mark: '+', line });
  if (before.length * after.length > MAX_CELLS) return [...before.map(removed), ...after.map(added)];
  const width = after.length + 1;
  const lengths = lcsLengths(before, after);
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      edits.push({ mark: ' ', line: old });
      i++;
      j++;
    } else if (
      old !== undefined &&
      (fresh === undefined || (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))
    ) {
      edits.push(removed(old));
      i++;
    } else if (fresh !== undefined) {
      edits.push(added(fresh));
      j++;
    }
  }
  return edits;
}

function lcsLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        before[i] === after[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  return lengths;
}

function hunks(edits: readonly Edit[], context: number): string[] {
  const near = new Uint8Array(edits.length);
  for (const [index, { mark }] of edits.entries())
    if (mark !== ' ') near.fill(1, Math.max(0, index - context), Math.min(edits.length, index + context + 1));
  const lines: string[] = [];
  let gap = false;
  for (const [index, { mark, line }] of edits.entries()) {
    if (near[index] === 1) {
      if (gap && lines.length > 0) lines.push('@@');
      lines.push(`${mark} ${line}`.trimEnd());
    }
    gap = near[index] !== 1;
  }
  return lines;
}
