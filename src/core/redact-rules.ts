/**
 * Secrets that give themselves away by their form. Every quantifier is bounded or followed by a character it cannot eat,
 * so that a rule stays linear in the text. `$1` of a rule, when it has one, is kept.
 */
export interface RedactRule {
  readonly name: string;
  readonly pattern: RegExp;
  /** Decides by the match whether it is a secret; absent = always. */
  readonly when?: (match: string) => boolean;
}

const hasDigit = (text: string): boolean => /\d/.test(text);

export const REDACT_RULES: readonly RedactRule[] = [
  // A key in base64, as kubeconfigs carry it; certificates look the same from outside and are public.
  {
    name: 'private key',
    pattern: /LS0tLS1CRUdJTi[A-Za-z0-9+/_-]{20,}={0,2}/g,
    when: (match) => Buffer.from(match.slice(0, 80), 'base64').toString('latin1').includes('PRIVATE KEY'),
  },
  { name: 'jwt', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}/g },
  {
    name: 'bearer token',
    pattern: /\b(bearer[ \t]+)[A-Za-z0-9._~+/=-]{8,}/gi,
    when: (match) => hasDigit(match) || match.length > 30,
  },
  { name: 'basic auth', pattern: /\b(authorization["']?[ \t]{0,3}[:=][ \t]{0,3}["']?basic[ \t]+)[A-Za-z0-9+/=]{4,}/gi },
  { name: 'k3s token', pattern: /\bK10[0-9a-f]{32,64}::[^\s"'`,]+/g },
  { name: 'bootstrap token', pattern: /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, when: (match) => hasDigit(match.slice(7)) },
  { name: 'proxmox token', pattern: /\b(PVEAPIToken[= ])(?!\[redacted)[^\s"'`,]{3,200}/g },
  { name: 'proxmox ticket', pattern: /\b(?:PVE|PMG|PBS|PVEVNC):[^\s:"']{1,100}:[0-9A-F]{8}::[A-Za-z0-9+/=]{20,}/g },
  { name: 'age key', pattern: /\bAGE-SECRET-KEY-1[0-9A-Z]{20,}/g },
  {
    name: 'wireguard key',
    pattern:
      /\b((?:PrivateKey|PresharedKey|private_key|preshared_key)["']?[ \t]{0,4}[=:][ \t]{0,4}["']?)[A-Za-z0-9+/]{42,43}={0,2}/gi,
  },
  { name: 'ntfy token', pattern: /\btk_[A-Za-z0-9]{20,}/g },
  { name: 'telegram token', pattern: /(?<![A-Za-z0-9])(?:bot)?\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g },
  { name: 'discord webhook', pattern: /\b(discord(?:app)?\.com\/api\/webhooks\/)[^\s"'<>)]{10,}/g },
  { name: 'discord token', pattern: /\b[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}/g },
  { name: 'slack token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { name: 'slack token', pattern: /\bxapp-[A-Za-z0-9-]{10,}/g },
  { name: 'slack webhook', pattern: /\b(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[^\s"'<>)]{10,}/g },
  { name: 'aws key id', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g },
  { name: 'github token', pattern: /\bgh[pousr]_[A-Za-z0-9]{20,}/g },
  { name: 'github token', pattern: /\bgithub_pat_[A-Za-z0-9_]{22,}/g },
  { name: 'gitlab token', pattern: /\bgl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_.-]{15,}/g },
  { name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { name: 'model api key', pattern: /\bsk-[A-Za-z0-9_-]{20,}/g, when: hasDigit },
  { name: 'stripe key', pattern: /\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,}/g },
  { name: 'google key', pattern: /\bAIza[0-9A-Za-z_-]{35}/g },
  { name: 'hugging face token', pattern: /\bhf_[A-Za-z0-9]{25,}/g },
  { name: 'tailscale key', pattern: /\btskey-[a-z]{2,20}-[A-Za-z0-9-]{10,}/g },
  { name: 'vault token', pattern: /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/g },
  { name: 'grafana token', pattern: /\bgl(?:sa|c)_[A-Za-z0-9_=]{20,}/g },
  { name: 'cloudflare key', pattern: /\bv1\.0-[0-9a-f]{20,}-[0-9a-f]{50,}/g },
  {
    name: 'value',
    pattern:
      /(--(?:[a-z]{1,20}-){0,4}(?:password|passwd|token|secret|key)[ \t]+["']?)(?!-|\[redacted|[$<{])[^\s"']{6,}/g,
    when: (match) => hasDigit(match),
  },
  { name: 'password hash', pattern: /\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}/g },
  { name: 'password hash', pattern: /\$(?:1|5|6|y|7|argon2id?)\$[./A-Za-z0-9=,$+-]{16,}/g },
  {
    name: 'url password',
    pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,100}:)(?!\[redacted)[^\s@/"']{1,300}(?=@)/gi,
  },
];
