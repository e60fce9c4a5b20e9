import { StewardError } from '../../core/errors.ts';
import type { CommandResult } from '../command/spec.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly code: string;
  readonly hint: string;
}

/** Texts of helm 3.18 and 4.2 (pkg/action, pkg/kube); the first that fits counts. */
const RULES: readonly Rule[] = [
  {
    pattern: /another operation \(install\/upgrade\/rollback\) is in progress/,
    code: 'release_busy',
    hint: 'An operation runs or was cut off: look at helm_release, then helm_repair.',
  },
  {
    pattern: /cannot re-?use a name that is still in use/,
    code: 'release_exists',
    hint: 'Use helm_upgrade, or another name.',
  },
  { pattern: /release: not found|has no deployed releases/, code: 'release_not_found', hint: 'List the releases.' },
  {
    pattern: /invalid ownership metadata|cannot be imported into the current release/,
    code: 'ownership_conflict',
    hint: 'An object of the chart exists already and belongs to something else: remove or rename it.',
  },
  {
    pattern: /conflicts? with "|Apply failed with \d+ conflict/,
    code: 'ownership_conflict',
    hint: 'Another program or person owns these fields: settle who sets them, then plan again.',
  },
  {
    pattern: /context deadline exceeded|timed out waiting|client rate limiter Wait|not ready/,
    code: 'release_not_ready',
    hint: 'It was written and did not come up in time: look at its pods, then roll back or correct the values.',
  },
  {
    pattern: /execution error at|values don't meet the specifications|parse error at|template:|YAML parse error/,
    code: 'chart_refuses',
    hint: 'Correct the values as the chart says.',
  },
  {
    pattern:
      /chart "[^"]*" .*not found|not found in .* repository|no chart (?:name|version) found|failed to fetch|manifest unknown|not a valid chart repository|could not be reached|looks like|: not found/,
    code: 'chart_unavailable',
    hint: 'Check the name and the exact version of the chart, and that its repository answers.',
  },
];

const MAX_REASON = 700;

/** What helm said when it failed: its own last word without log lines. It is outside text. */
export function faultOf(doing: string, { exitCode, stderr, stdout }: CommandResult): StewardError {
  const said = `${stderr}\n${stdout}`;
  const rule = RULES.find(({ pattern }) => pattern.test(said));
  return new StewardError(`Unable to ${doing}: ${reasonOf(stderr) || `helm ended with ${exitCode}`}.`, {
    kind: rule?.code === 'release_not_found' ? 'not_found' : 'target',
    code: rule?.code ?? 'helm_failed',
    hint: rule?.hint ?? 'Read what helm said; nothing is tried again by itself.',
  });
}

function reasonOf(stderr: string): string {
  const at = stderr.lastIndexOf('Error: ');
  const text = at === -1 ? stderr : stderr.slice(at + 'Error: '.length);
  const flat = text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return flat.length > MAX_REASON ? `${flat.slice(0, MAX_REASON)}…` : flat;
}
