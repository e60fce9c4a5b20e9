import { createHash, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { AuthContext, Connection, ServerChannel } from 'ssh2';
import type { CommandOutcome } from './model.ts';

/** How a client reaches one host of the lab. */
export interface SshAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Made for this start of the lab; nothing else opens it. */
  readonly privateKey: string;
  /** `SHA256:...`, as `ssh-keygen -lf` prints it. */
  readonly hostKey: string;
}

export interface SshService extends SshAccess {
  close(): Promise<void>;
}

const USER = 'steward';
const HANG_POLL_MS = 250;

/** Serves the commands of one host over SSH on the loopback, with fresh keys. No shell, no files, no forwarding. */
export async function serveSsh(run: (argv: readonly string[]) => CommandOutcome | 'hang'): Promise<SshService> {
  const { default: ssh2 } = await import('ssh2');
  const [hostKey, userKey] = [makeKey(), makeKey()];
  const [hostPublic, allowed] = [ssh2.utils.parseKey(hostKey), ssh2.utils.parseKey(userKey)];
  if (hostPublic instanceof Error) throw hostPublic;
  if (allowed instanceof Error) throw allowed;
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    connections.add(client);
    // Sound: ssh2 has the method, its types leave it out. Held back, each small packet would cost 40 ms.
    (client as Connection & { setNoDelay(noDelay: boolean): void }).setNoDelay(true);
    client.on('close', () => connections.delete(client));
    client.on('error', () => undefined); // a client that is gone is no fault of the lab
    client.on('authentication', (auth) => (isOurs(auth, allowed) ? auth.accept() : auth.reject(['publickey'])));
    client.on('session', (accept) => {
      const session = accept();
      // Commands of the lab are plain words: what a shell would do with anything else, nothing here does.
      session.on('exec', (acceptExec, _reject, { command }) => answer(acceptExec(), command.split(' '), run));
      session.on('env', (acceptEnv) => acceptEnv?.());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // sound: it listens on a port
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    user: USER,
    privateKey: userKey,
    hostKey: fingerprint(hostPublic.getPublicSSH()),
    async close() {
      for (const client of connections) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Not with ssh2's own generator: of its ed25519 keys, one in some hundred cannot be read back. */
const makeKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

const fingerprint = (publicKey: Buffer): string =>
  `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;

interface AllowedKey {
  getPublicSSH(): Buffer;
  verify(data: Buffer | string, signature: Buffer | string, algorithm?: string): boolean | Error;
}

/** The key of this start, and a signature by it: knowing the public half opens nothing. */
function isOurs(auth: AuthContext, allowed: AllowedKey): boolean {
  if (auth.username !== USER || auth.method !== 'publickey') return false;
  const wanted = allowed.getPublicSSH();
  if (auth.key.data.length !== wanted.length || !timingSafeEqual(auth.key.data, wanted)) return false;
  // Without a signature the client only asks whether the key would do.
  if (auth.signature === undefined || auth.blob === undefined) return true;
  return allowed.verify(auth.blob, auth.signature, auth.hashAlgo) === true;
}

/** Ends the channel with the program's code; a program that hangs is looked at again until the pool is back. */
function answer(
  channel: ServerChannel,
  argv: readonly string[],
  run: (argv: readonly string[]) => CommandOutcome | 'hang',
): void {
  const outcome = run(argv);
  if (outcome === 'hang') {
    // A real one stays in the kernel when its client goes, and runs when the pool is back.
    const timer = setTimeout(() => answer(channel, argv, run), HANG_POLL_MS);
    timer.unref();
    return;
  }
  if (channel.destroyed) return;
  channel.write(outcome.stdout);
  channel.stderr.write(outcome.stderr);
  channel.exit(outcome.exitCode);
  channel.end();
}
