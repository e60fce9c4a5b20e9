import type { Scan } from './model.ts';

const KIND = '(scrub|resilver|error scrub|rebuild)';

/** Reads the sentence behind `scan:`; undefined for "none requested" and for what it does not know. */
export function parseScanLine(text: string): Scan | undefined {
  return finished(text) ?? errorScrub(text) ?? canceled(text) ?? running(text);
}

function finished(text: string): Scan | undefined {
  const match =
    /^(scrub repaired|resilvered)(?: \((?:draid|mirror)[^)]*\))? ([\d.]+)([BKMGTPE]?) in .*? with (\d+) errors on (.+)$/.exec(
      text,
    );
  if (!match) return undefined;
  const [, what = '', amount = '0', unit = '', errors = '0', when = ''] = match;
  const endedAt = parseTime(when);
  return {
    kind: what === 'resilvered' ? 'resilver' : 'scrub',
    state: 'finished',
    errors: Number(errors),
    repairedBytes: Math.round(Number(amount) * 1024 ** Math.max(0, 'BKMGTPE'.indexOf(unit))),
    ...(endedAt && { endedAt }),
  };
}

function errorScrub(text: string): Scan | undefined {
  const when = /^scrubbed \d+ error blocks in .*? on (.+)$/.exec(text)?.[1];
  if (when === undefined) return undefined;
  const endedAt = parseTime(when);
  return { kind: 'error_scrub', state: 'finished', errors: 0, ...(endedAt && { endedAt }) };
}

function canceled(text: string): Scan | undefined {
  const match = new RegExp(`^${KIND} canceled on (.+)$`).exec(text);
  if (!match) return undefined;
  const endedAt = parseTime(match[2] ?? '');
  return { kind: kindOf(match[1]), state: 'canceled', errors: 0, ...(endedAt && { endedAt }) };
}

function running(text: string): Scan | undefined {
  const match = new RegExp(
    `^${KIND} (in progress since|paused since) (\\w{3} \\w{3} +\\d+ [\\d:]+ \\d{4}|\\d{9,})`,
  ).exec(text);
  if (!match) return undefined;
  const done = /([\d.]+)% done/.exec(text)?.[1];
  const startedAt = parseTime(match[3] ?? '');
  const state = match[2] === 'paused since' ? 'paused' : 'running';
  return {
    kind: kindOf(match[1]),
    state,
    errors: 0,
    ...(startedAt && { startedAt }),
    ...(state === 'running' && done && { progress: Math.min(1, Number(done) / 100) }),
  };
}

const kindOf = (word: string | undefined): Scan['kind'] => {
  if (word === 'resilver' || word === 'rebuild') return word;
  return word === 'error scrub' ? 'error_scrub' : 'scrub';
};

/** `Sat Nov 21 22:31:03 2026` is the host's local time, which the text does not name: taken as UTC, so off by a zone at most. */
function parseTime(text: string): string | undefined {
  const time = /^\d{9,}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(`${text.trim()} UTC`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
