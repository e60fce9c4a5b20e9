import type { CheckPermit } from '../../core/permit.ts';
import type { CommandSpec } from '../command/spec.ts';

/** A host that is reached over SSH, and what may be run there. */
export interface SshConfig {
  /** As people know the host. */
  readonly name: string;
  readonly address: string;
  readonly port?: number;
  readonly user: string;
  /** Private key in OpenSSH or PEM form. */
  readonly privateKey: string;
  readonly passphrase?: string;
  /** Pinned: `SHA256:<base64>` as `ssh-keygen -lf` prints it. There is no "accept new". */
  readonly hostKey: string;
  readonly specs: readonly CommandSpec[];
  readonly checkPermit: CheckPermit;
  readonly connectTimeoutMs?: number;
}
