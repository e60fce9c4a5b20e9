/** What Kasa strips speak: JSON under an XOR whose key is the byte before it, the first one being 171, behind a length of four bytes. */
const START = 171;

export function seal(text: string): Buffer {
  const plain = Buffer.from(text, 'utf8');
  const sealed = Buffer.alloc(plain.length + 4);
  sealed.writeUInt32BE(plain.length, 0);
  let key = START;
  for (const [index, byte] of plain.entries()) {
    key ^= byte;
    sealed[index + 4] = key;
  }
  return sealed;
}

/** The text of one whole message; undefined while there is not all of it. */
export function unseal(received: Buffer): string | undefined {
  if (received.length < 4) return undefined;
  const length = received.readUInt32BE(0);
  if (received.length < length + 4) return undefined;
  let key = START;
  const plain = received.subarray(4, length + 4).map((byte) => {
    const out = byte ^ key;
    key = byte;
    return out;
  });
  return Buffer.from(plain).toString('utf8');
}
