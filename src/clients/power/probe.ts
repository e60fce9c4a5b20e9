import { createConnection } from 'node:net';

const TIMEOUT_MS = 2_000;

export type Reaches = (address: string, port: number, signal: AbortSignal) => Promise<boolean>;

/** Whether something takes a connection there. A refusal is an answer too: the machine lives. */
export const reaches: Reaches = async (address, port, signal) => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ host: address, port, timeout: TIMEOUT_MS });
  socket.on('connect', () => resolve(true));
  socket.on('timeout', () => resolve(false));
  socket.on('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'));
  const onAbort = (): void => resolve(false);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
};
