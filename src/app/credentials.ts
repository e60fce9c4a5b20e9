import { readFile } from 'node:fs/promises';
import type { KubeconfigSource } from '../clients/kubernetes/connection.ts';
import { type KnownSecrets, knownSecrets } from '../core/known-secrets.ts';

/** Members of a kubeconfig that open the cluster; certificates are public, their keys are not. */
const SECRET_MEMBER =
  /(?:^|[\s{,"'])(?:token|password|client-key-data|id-token|refresh-token|client-secret)["']?:[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\n,}#]+))/g;
/** A shorter value would hide ordinary words. */
const MIN_LENGTH = 8;
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

export interface Credentials extends KnownSecrets {
  /** Reads them; until then nothing is known, and nothing was read from the cluster either. */
  learn(source: KubeconfigSource): Promise<void>;
  /** Secrets of other systems, as they are read. */
  add(secrets: readonly string[]): void;
}

/** The cluster's credentials as values that must never leave, whatever a tool reads. */
export function openCredentials(): Credentials {
  let known: KnownSecrets | undefined;
  let others: KnownSecrets | undefined;
  const added: string[] = [];
  return {
    scrub(text) {
      const once = known?.scrub(text) ?? text;
      return others?.scrub(once) ?? once;
    },
    add(secrets) {
      added.push(...secrets.filter((value) => value.length >= MIN_LENGTH));
      others = knownSecrets(added);
    },
    async learn(source) {
      const texts = await textsOf(source);
      const values = 'inCluster' in source ? texts.map((text) => text.trim()) : texts.flatMap(secretsIn);
      known = knownSecrets(values);
    },
  };
}

const secretsIn = (text: string): string[] =>
  [...text.matchAll(SECRET_MEMBER)]
    .map(([, double, single, plain]) => double ?? single ?? plain?.trim() ?? '')
    .filter((value) => value.length >= MIN_LENGTH);

async function textsOf(source: KubeconfigSource): Promise<string[]> {
  if ('text' in source) return [source.text];
  const paths = 'inCluster' in source ? [SERVICE_ACCOUNT_TOKEN] : source.paths;
  // What cannot be read is reported by the client, in its own words.
  return Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
}
