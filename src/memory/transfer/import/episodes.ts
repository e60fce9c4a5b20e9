import type { LessonDraft } from '../../../core/consult.ts';
import { redactText } from '../../../core/redact.ts';
import { symptomSignature } from '../../signature.ts';
import type { Candidate } from './model.ts';
import { oneLine } from './text.ts';

/** One thing an agent did or said, whichever client recorded it. */
export type Step =
  | { readonly kind: 'said'; readonly text: string }
  | {
      readonly kind: 'did';
      /** A command line, or for other tools their name and what they were about. */
      readonly command: string;
      readonly tool: string;
      readonly failed: boolean;
      readonly output: string;
      /** ISO 8601. */
      readonly at?: string;
    };
type Done = Extract<Step, { kind: 'did' }>;

/** Programs that change or look at a homelab: failures of compilers and tests are not lessons of this graph. */
const PROGRAMS = new Set(
  `kubectl k helm helmfile flux argocd kustomize k3s k3sup k3d talosctl velero longhornctl cilium istioctl etcdctl etcdutl crictl
  ctr nerdctl docker podman terraform tofu terragrunt ansible ansible-playbook pulumi packer qm pct pvesh pveum pvesm vzdump
  proxmox-backup-client zfs zpool zdb mdadm smartctl lvs lvcreate mount umount exportfs showmount systemctl journalctl netplan
  ufw iptables nft ip tailscale wg restic borg rclone rsync sops age certbot psql pg_dump redis-cli mosquitto_sub`.split(
    /\s+/,
  ),
);
const WRAPPERS = new Set(['sudo', 'env', 'time', 'nohup', 'watch', 'exec', 'command', 'timeout']);
const FROM_HOMELAB_TOOLS = /^mcp__[\w-]*(?:steward|kube|k8s|proxmox|pve|helm|zfs|homelab|argocd|flux|terraform)[\w-]*/i;
/** Steps between a failure and what made it work; further away nothing connects them. */
const REACH = 60;
const MAX_STEPS = 6;
export const MAX_PER_SESSION = 50;

/**
 * What failed in a session and what made it work later: the same command that failed and then succeeded, with the changes in
 * between as its fix. Each kind of failure once. The texts are short, structured and redacted; a person has to judge them.
 */
export function candidatesFrom(
  steps: readonly Step[],
  { source, from }: { readonly source: string; readonly from: string },
): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  steps.forEach((step, index) => {
    if (step.kind !== 'did' || !step.failed || !isOfInterest(step)) return;
    const error = errorLine(step.output);
    const key = `${programOf(step.command)} ${symptomSignature(error)}`;
    if (error === '' || found.has(key)) return;
    const after = steps.slice(index + 1, index + 1 + REACH);
    const solved = after.findIndex((one) => one.kind === 'did' && !one.failed && isSameTry(step, one));
    if (solved >= 0) found.set(key, candidate(step, error, after.slice(0, solved + 1), { source, from }));
  });
  return [...found.values()].slice(0, MAX_PER_SESSION);
}

function candidate(
  failed: Done,
  error: string,
  after: readonly Step[],
  around: { source: string; from: string },
): Candidate {
  const program = programOf(failed.command);
  const what = oneLine(redactText(failed.command), 160);
  const steps = after.filter((step): step is Done => step.kind === 'did' && !step.failed && changesSomething(step));
  const worked = steps.slice(-MAX_STEPS).map(({ command }) => oneLine(redactText(command), 140));
  const why = reasonIn(after);
  const draft: LessonDraft = {
    title: oneLine(redactText(`${shortOf(failed.command)} fails: ${error}`), 110),
    symptom: oneLine(redactText(`${what}: ${error}`), 400),
    cause: why ?? 'The session does not establish why; a person has to say it',
    fix:
      worked.length === 0
        ? 'It worked when it was tried again later without a change'
        : oneLine(`What worked: ${worked.join('; then ')}`, 600),
    severity: 'low',
    components: program.startsWith('mcp__') ? {} : { [program]: '*' },
  };
  return { draft, ...around, confidence: 0.2, ...(failed.at !== undefined && { date: failed.at.slice(0, 10) }) };
}

const isOfInterest = (step: Done): boolean =>
  PROGRAMS.has(programOf(step.command)) || FROM_HOMELAB_TOOLS.test(step.tool);

/** Reads change nothing, so they repair nothing. */
function changesSomething({ command, tool }: Done): boolean {
  if (/^(?:read|grep|glob|ls|webfetch|websearch|list|todowrite|todoread)$/i.test(tool)) return false;
  const words = wordsOf(command);
  if (
    /^(?:cat|ls|grep|rg|head|tail|less|find|echo|pwd|cd|sleep|which|wc|jq|yq|dig|ping|curl|df|du|ps|top)$/.test(
      words[0] ?? '',
    )
  )
    return false;
  const verb = words.slice(1).find((word) => !word.startsWith('-')) ?? '';
  return !/^(?:get|describe|logs?|events?|top|explain|diff|status|list|ls|show|history|plan|validate|template|lint|version|config|api-resources|auth)$/.test(
    verb,
  );
}

/** The same program and subcommand on nearly the same things: a retry, not another piece of work. */
function isSameTry(failed: Done, later: Done): boolean {
  if (failed.tool !== later.tool) return false;
  const [a, b] = [wordsOf(failed.command), wordsOf(later.command)];
  if (a[0] !== b[0] || subcommand(a) !== subcommand(b)) return false;
  const [mine, others] = [new Set(a), new Set(b)];
  const shared = [...mine].filter((word) => others.has(word)).length;
  return shared / (mine.size + others.size - shared) >= 0.5;
}

const subcommand = (words: readonly string[]): string => words.slice(1).find((word) => !word.startsWith('-')) ?? '';

/** Words of the part of a command line that does the work: after `cd x &&`, `sudo` and assignments, before a pipe. */
function wordsOf(command: string): readonly string[] {
  const parts = command.split(/&&|\|\||;|\n/).map((part) => part.split('|')[0]?.trim() ?? '');
  const part =
    parts.find((one) => PROGRAMS.has(bareWords(one)[0] ?? '')) ??
    parts.find((one) => !/^(?:cd|set|export|source)\b/.test(one)) ??
    '';
  return bareWords(part);
}

function bareWords(part: string): readonly string[] {
  const words = part.split(/\s+/).filter((word) => word !== '');
  const first = words.findIndex(
    (word) => !WRAPPERS.has(word) && !/^[A-Za-z_]\w*=/.test(word) && !/^-|^\d+[smh]?$/.test(word),
  );
  return first < 0 ? [] : [words[first]?.replace(/^.*\//, '') ?? '', ...words.slice(first + 1)];
}

const programOf = (command: string): string => wordsOf(command)[0] ?? '';

const shortOf = (command: string): string => {
  const words = wordsOf(command);
  return [words[0], subcommand(words)].filter(Boolean).join(' ');
};

const ERROR =
  /\b(?:error|failed|failure|fatal|denied|forbidden|refused|invalid|unable|cannot|not found|timed? ?out|no such|unauthorized|conflict)\b/i;

/** The line that says what went wrong, or the last one. */
function errorLine(output: string): string {
  const lines = output
    .slice(0, 20_000)
    .split('\n')
    .map((line) =>
      line
        .replace(/^(?:<[\w-]+>)?\s*(?:Exit code \d+\s*)?/, '')
        .replace(/<\/?tool_use_error>/g, '')
        .trim(),
    )
    .filter((line) => line.length > 3);
  return oneLine(redactText(lines.find((line) => ERROR.test(line)) ?? lines.at(-1) ?? ''), 240);
}

const BECAUSE =
  /[^.!?\n]*\b(?:because|root cause|the (?:issue|problem|cause) (?:is|was)|turns out|due to|caused by)\b[^.!?\n]*[.!?]?/i;

/** What the agent itself said about the cause, before it worked. */
function reasonIn(after: readonly Step[]): string | undefined {
  for (const step of after) {
    const said = step.kind === 'said' ? BECAUSE.exec(step.text.slice(0, 2_000))?.[0].trim() : undefined;
    if (said !== undefined && said.length >= 20)
      return oneLine(redactText(`As the agent saw it: ${said.replace(/^[-*\s]+/, '')}`), 400);
  }
  return undefined;
}
