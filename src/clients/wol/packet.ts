import { createSocket } from 'node:dgram';
import { messageOf, StewardError } from '../../core/errors.ts';

/** Six bytes of ones, then the address of the card sixteen times. */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(/[:-]/g, ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

export interface Destination {
  /** Broadcast address of the network that the host is in. */
  readonly broadcast: string;
  readonly port: number;
}

/** Sends it `times` times: nobody confirms that it came. Errors: `target` `outlet_unreachable`. */
export async function sendMagicPacket(mac: string, { broadcast, port }: Destination, times: number): Promise<void> {
  const packet = magicPacket(mac);
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((done, fail) => socket.once('error', fail).bind(0, () => done()));
    socket.setBroadcast(true);
    for (let sent = 0; sent < times; sent++)
      await new Promise<void>((done, fail) =>
        socket.send(packet, port, broadcast, (error) => (error ? fail(error) : done())),
      );
  } catch (error) {
    throw new StewardError(`Unable to send a magic packet to ${broadcast}: ${messageOf(error)}.`, {
      kind: 'target',
      code: 'outlet_unreachable',
      hint: 'Name the broadcast address of the network that the host is in (broadcast).',
      cause: error,
    });
  } finally {
    socket.close();
  }
}
