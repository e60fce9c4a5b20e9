import { buildConnector } from 'undici';

const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();

/**
 * Compares the certificate before the socket is handed out, so that no byte of a request reaches another server.
 * Sessions are not resumed: a resumed TLS session shows no certificate at all.
 */
export function pinned(fingerprints: readonly string[], timeout: number): buildConnector.connector {
  const connect = buildConnector({ rejectUnauthorized: false, maxCachedSessions: 0, timeout });
  const known = new Set(fingerprints.map(plain));
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error || !socket) return callback(error ?? new Error('no socket'), null);
      if (!('getPeerCertificate' in socket)) return callback(null, socket); // plain HTTP, loopback only
      const seen = socket.getPeerCertificate().fingerprint256 ?? '';
      if (known.has(plain(seen))) return callback(null, socket);
      socket.destroy();
      callback(
        Object.assign(new Error(`its certificate is ${seen || 'not shown'}, which is not pinned`), {
          code: 'PIN_MISMATCH',
        }),
        null,
      );
    });
}
