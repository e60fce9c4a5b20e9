import { createConnection } from 'node:net';
import { messageOf, StewardError } from '../../core/errors.ts';

/** The legacy protocol of Kasa strips: JSON under an autokey XOR that starts with 171, behind a length of four bytes, over TCP 9999. */

const START = 171;
/** An answer is a few kilobytes; more is not one. */
const MAX_BYTES = 256 * 1024;

export function encrypt(text: string): Buffer {
  const plain = Buffer.from(text, 'utf8');
  const out = Buffer.alloc(plain.length + 4);
  out.writeUInt32BE(plain.length, 0);
  let key = START;
  for (const [index, byte] of plain.entries()) {
    key ^= byte;
    out[index + 4] = key;
  }
  return out;
}

/** Without the length in front. */
export function decrypt(body: Buffer): string {
  const out = Buffer.alloc(body.length);
  let key = START;
  for (const [index, byte] of body.entries()) {
    out[index] = byte ^ key;
    key = byte;
  }
  return out.toString('utf8');
}

const unreachable = (address: string, reason: string, cause?: unknown): StewardError =>
  new StewardError(`Unable to ask the power strip at ${address}: ${reason}.`, {
    kind: 'target',
    code: 'outlet_unreachable',
    hint: 'Firmware since late 2024 speaks KLAP instead, which steward does not: allow "Third-Party Compatibility" in its app, again after every power cut, or switch the host another way.',
    cause,
  });

export interface Ask {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** One question, one answer, one connection. */
export async function exchange(
  { address, port, timeoutMs }: Ask,
  question: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = createConnection({ host: address, port, timeout: timeoutMs });
  let received = Buffer.alloc(0);
  socket.on('connect', () => socket.write(encrypt(JSON.stringify(question))));
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const length = received.length < 4 ? undefined : received.readUInt32BE(0);
    if (length !== undefined && length > MAX_BYTES) reject(unreachable(address, 'its answer is no answer of a strip'));
    if (length !== undefined && received.length >= length + 4) resolve(decrypt(received.subarray(4, length + 4)));
  });
  socket.on('timeout', () => reject(unreachable(address, `no answer within ${timeoutMs} ms`)));
  socket.on('error', (error) => reject(unreachable(address, messageOf(error), error)));
  socket.on('close', () => reject(unreachable(address, 'it closed the connection')));
  const onAbort = (): void => reject(unreachable(address, 'the call was cancelled'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return JSON.parse(await promise) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw unreachable(address, 'its answer is not JSON', error);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}
