import { StewardError } from '../../core/errors.ts';
import type { DataErrors, Pool, PoolWork, Scan, Vdev, VdevClass } from './model.ts';
import { parseScanLine } from './scan-text.ts';

/**
 * Parses `zpool status -v -P -p` of versions before 2.3, which have no JSON. What it cannot know stays away: guids,
 * most progress figures. Errors: `target` `zfs_output` for a form that it does not know (zfs-fuse, say).
 */
export function parseStatusText(text: string): Pool[] {
  if (/^no pools available/m.test(text)) return [];
  const blocks = text.split(/^(?=\s*pool: )/m).filter((block) => /^\s*pool: /.test(block));
  if (blocks.length === 0 && text.trim() !== '') throw unknownForm();
  return blocks.map(poolOf);
}

const unknownForm = (): StewardError =>
  new StewardError('Unable to read the output of zpool status: it has a form that is not known.', {
    kind: 'target',
    code: 'zfs_output',
    hint: 'OpenZFS 0.8 or later is needed; report the version (`zfs version`).',
  });

const LABEL = /^ {0,3}(pool|state|status|action|see|scan|scrub|remove|expand|checkpoint|config|errors): ?(.*)$/;

/** The labelled parts of one pool; a label that comes twice (two scans) keeps both. */
function partsOf(block: string): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of block.split('\n')) {
    const label = LABEL.exec(line);
    if (label?.[1]) {
      current = [label[2] ?? ''];
      parts.set(label[1], [...(parts.get(label[1]) ?? []), ...current]);
      current = parts.get(label[1]);
    } else current?.push(line);
  }
  return parts;
}

const sentence = (lines: readonly string[] | undefined): string | undefined =>
  lines?.join(' ').replace(/\s+/g, ' ').trim() || undefined;

function poolOf(block: string): Pool {
  const parts = partsOf(block);
  const name = sentence(parts.get('pool')) ?? '';
  const state = sentence(parts.get('state'));
  const config = parts.get('config');
  if (state === undefined || config === undefined) throw unknownForm();
  const scan = scanOf(parts);
  const msgid = /ZFS-8000-\w\w/.exec(sentence(parts.get('see')) ?? '')?.[0];
  const [status, action] = [sentence(parts.get('status')), sentence(parts.get('action'))];
  return {
    name,
    guid: '',
    state,
    ...(msgid && { msgid }),
    ...(status && { status }),
    ...(action && { action }),
    ...(scan && { scan }),
    work: workOf(parts),
    vdevs: vdevsOf(config, name),
    dataErrors: errorsOf(parts.get('errors')),
  };
}

/** An error scrub is labelled ` scrub:` since OpenZFS 2.2; before 0.6 every scrub was, in words that we do not know. */
function scanOf(parts: Map<string, string[]>): Scan | undefined {
  const [scrub, scan] = [sentence(parts.get('scrub')), sentence(parts.get('scan'))];
  if (scrub !== undefined && !/\berrors? scrub\b|\berror blocks\b|^scrubbed /.test(scrub)) throw unknownForm();
  return (scrub === undefined ? undefined : parseScanLine(scrub)) ?? parseScanLine(scan ?? '');
}

function workOf(parts: Map<string, string[]>): PoolWork[] {
  const work: PoolWork[] = [];
  const [remove, expand] = [sentence(parts.get('remove')), sentence(parts.get('expand'))];
  if (expand) work.push({ kind: 'raidz_expansion', state: / in progress /.test(expand) ? 'running' : 'finished' });
  if (remove) work.push({ kind: 'removal', state: / in progress /.test(remove) ? 'running' : 'finished' });
  if (parts.has('checkpoint')) work.push({ kind: 'checkpoint', state: 'exists' });
  return work;
}

const HEADINGS: Readonly<Record<string, VdevClass>> = {
  special: 'special',
  dedup: 'dedup',
  logs: 'log',
  cache: 'l2cache',
  spares: 'spare',
};
const ROW =
  /^\t( *)(\S+)(?:\s+([A-Z]+))?(?:\s+([\d.]+[KMGTPE]?)\s+([\d.]+[KMGTPE]?)\s+([\d.]+[KMGTPE]?))?(?:\s+(?:[\d.]+[KMGTPE]?|-)(?=\s|$))?\s*(.*)$/;

interface OpenVdev {
  readonly depth: number;
  readonly children: Vdev[];
}

function vdevsOf(lines: readonly string[], pool: string): Vdev[] {
  const top: Vdev[] = [];
  const open: OpenVdev[] = [];
  let group: VdevClass = 'normal';
  for (const line of lines) {
    const row = rowOf(line);
    if (!row) continue;
    const heading = headingOf(row);
    if (heading) {
      group = heading;
      open.length = 0;
    } else if (row.depth > 0 || row.name !== pool) place(row, vdevOf(row, group), open, top);
  }
  return top;
}

interface Row {
  readonly depth: number;
  readonly name: string;
  /** Missing in a heading. */
  readonly state: string | undefined;
  readonly counts: readonly [read: string, write: string, checksum: string];
  readonly note: string;
}

function rowOf(line: string): Row | undefined {
  const found = ROW.exec(line);
  if (!found || found[2] === 'NAME') return undefined;
  const [, indent = '', name = '', state, read = '0', write = '0', checksum = '0', note = ''] = found;
  return { depth: indent.length / 2, name, state, counts: [read, write, checksum], note };
}

const headingOf = ({ depth, name, state }: Row): VdevClass | undefined =>
  depth === 0 && state === undefined ? HEADINGS[name] : undefined;

function place({ depth }: Row, vdev: Vdev & { children: Vdev[] }, open: OpenVdev[], top: Vdev[]): void {
  while ((open.at(-1)?.depth ?? -1) >= depth) open.pop();
  (open.at(-1)?.children ?? top).push(vdev);
  open.push({ depth, children: vdev.children });
}

function vdevOf({ name, state = 'ONLINE', counts, note }: Row, group: VdevClass): Vdev & { children: Vdev[] } {
  const was = /\bwas (\/\S+)/.exec(note)?.[1];
  const aux = note.replace(/\bwas \/\S+/, '').trim();
  return {
    name,
    type: typeOf(name),
    guid: /^\d{8,20}$/.test(name) ? name : '',
    class: group,
    state,
    errors: { read: parseCount(counts[0]), write: parseCount(counts[1]), checksum: parseCount(counts[2]) },
    ...(name.startsWith('/') && { path: name }),
    ...(was && { was }),
    ...(aux && { aux }),
    ...(/\(removing\)/.test(note) && { removing: true }),
    children: [],
  };
}

/** The tool prints no types; its names are fixed (`raidz3-0`, `replacing-1`, `draid2-0-0` for a distributed spare). */
function typeOf(name: string): string {
  if (/^draid[123]?-\d+-\d+$/.test(name)) return 'dspare';
  return /^(mirror|raidz|draid|replacing|spare|indirect)[123]?(?::\S+)?-\d+$/.exec(name)?.[1] ?? 'disk';
}

const UNITS = 'KMGTPE';
/** `11.7K` = 11,700 at least: without -p the tool rounds, in steps of 1,024. */
export function parseCount(text: string): number {
  const power = UNITS.indexOf(text.at(-1) ?? '') + 1;
  return power === 0 ? Number(text) : Math.round(Number(text.slice(0, -1)) * 1024 ** power);
}

function errorsOf(lines: readonly string[] | undefined): DataErrors {
  const said = sentence(lines);
  // Without the privilege the tool says so on stderr and prints no `errors:` line at all.
  if (said === undefined)
    return { state: 'unlisted', count: undefined, reason: 'zpool status did not list data errors' };
  if (said.startsWith('No known data errors')) return { state: 'listed', count: 0, names: [] };
  const count = /^(\d+) data errors?/.exec(said)?.[1];
  if (count) return { state: 'unlisted', count: Number(count), reason: 'the names were not asked for' };
  if (said.startsWith('List of errors unavailable')) return { state: 'unlisted', count: undefined, reason: said };
  const names = (lines ?? [])
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  // The objects may have no name any more (a destroyed snapshot): an empty list is still an error.
  return { state: 'listed', count: Math.max(1, names.length), names };
}
