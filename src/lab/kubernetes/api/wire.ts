/** A number for varints, bytes for everything that has a length or a fixed size. */
export type WireValue = bigint | Buffer;

/** Reads the protobuf wire format: numbered fields in the order they come. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Throws `RangeError` when the bytes end inside a field or are of no known wire type. */
  *fields(): Generator<[number: number, value: WireValue]> {
    while (this.#at < this.#bytes.length) {
      const tag = Number(this.#varint());
      yield [tag >>> 3, this.#value(tag & 7)];
    }
  }

  #value(wireType: number): WireValue {
    switch (wireType) {
      case 0:
        return this.#varint();
      case 1:
        return this.#take(8);
      case 2:
        return this.#take(Number(this.#varint()));
      case 5:
        return this.#take(4);
      default:
        throw new RangeError(`unknown wire type ${wireType}`);
    }
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint of more than ten bytes');
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('the message ends inside a field');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
