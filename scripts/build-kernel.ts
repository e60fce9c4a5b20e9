// Compiles src/memory/vectors/kernel.wat into kernel.wasm.ts (base64, so that it travels with the bundle).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import wabt from 'wabt';

const folder = join(import.meta.dirname, '../src/memory/vectors');

/** The module of `kernel.wat` as base64. */
export async function compileKernel(): Promise<string> {
  const tool = await wabt();
  const module = tool.parseWat('kernel.wat', readFileSync(join(folder, 'kernel.wat'), 'utf8'), { simd: true });
  return Buffer.from(module.toBinary({}).buffer).toString('base64');
}

if (import.meta.main) {
  const lines = ((await compileKernel()).match(/.{1,100}/g) ?? []).map((line) => `  '${line}'`).join(' +\n');
  writeFileSync(
    join(folder, 'kernel.wasm.ts'),
    `// Generated from kernel.wat by \`node scripts/build-kernel.ts\`; a test compares them.\nexport const KERNEL =\n${lines};\n`,
  );
}
