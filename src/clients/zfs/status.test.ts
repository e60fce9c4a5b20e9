import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { abnormalVdevs, redundancyOf, sumErrors, vdevsWithErrors } from './health.ts';
import type { Pool, Vdev } from './model.ts';
import { parseStatusJson } from './status-json.ts';
import { parseCount, parseStatusText } from './status-text.ts';

// Recordings of OpenZFS 2.3.9; the README beside them says what was done to each pool.
const folder = join(import.meta.dirname, '../../../test/fixtures/openzfs-2.3.9');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const scenarios = readdirSync(folder)
  .filter((name) => name.endsWith('.status-jpvPs.json'))
  .map((name) => name.replace('.status-jpvPs.json', ''));
const pool = (scenario: string): Pool => {
  const [first] = parseStatusJson(read(`${scenario}.status-jpvPs.json`));
  if (!first) throw new Error(`no pool in ${scenario}`);
  return first;
};

/** What both forms can say. The two were asked for one after the other: counters of a pool that is losing data moved on. */
const shape = ({ name, state, msgid, vdevs, work, scan }: Pool) => ({
  name,
  state,
  msgid,
  vdevs: vdevs.map(shapeOf),
  work: work.map((one) => [one.kind, one.state]),
  scan: scan && [scan.kind, scan.state, scan.errors],
});
const shapeOf = (vdev: Vdev): unknown => [
  vdev.type,
  vdev.class,
  vdev.state,
  vdev.errors.checksum,
  vdev.children.map(shapeOf),
];

test.each(scenarios)('%s: text says the same as JSON', (scenario) => {
  const json = parseStatusJson(read(`${scenario}.status-jpvPs.json`));
  const text = parseStatusText(read(`${scenario}.status-vPLsp.txt`));
  expect(text.map(shape)).toEqual(json.map(shape));
});

test('guids keep all their digits', () => {
  expect(pool('01-raidz3-log-cache-special-spare-healthy').guid).toBe('14240067266843966631');
});

test('vdevs of every class are there, not only the normal ones', () => {
  const classes = pool('01-raidz3-log-cache-special-spare-healthy').vdevs.map((vdev) => vdev.class);
  expect(classes).toEqual(['normal', 'special', 'log', 'l2cache', 'spare']);
});

test('an ONLINE pool with errors on one disk shows them', () => {
  const found = pool('06-checksum-errors-repaired');
  expect(found.state).toBe('ONLINE');
  expect(vdevsWithErrors(found)).toHaveLength(1);
  expect(sumErrors(vdevsWithErrors(found)).checksum).toBe(916);
});

test.each([
  ['01-raidz3-log-cache-special-spare-healthy', [3, 1, 1]],
  ['07-disk-offline', [2, 1, 1]],
  ['08-disk-faulted-external', [2, 0, 1]],
  ['09-resilver-replacing-in-progress', [3, 0, 1]],
  // a spare that is still being filled does not count
  ['11-spare-resilvering', [2, 0, 1]],
  ['12-spare-in-use-degraded', [3, 0, 1]],
  ['28-draid-healthy', [2]],
  ['45-hot-unplugged-still-ONLINE', [0]],
])('%s can lose %j more disks per vdev', (scenario, left) => {
  expect(redundancyOf(pool(scenario)).map((one) => one.left)).toEqual(left);
});

test('an offline special half is seen behind a message about something else', () => {
  expect(abnormalVdevs(pool('10-resilver-finished')).map((vdev) => [vdev.class, vdev.state])).toContainEqual([
    'special',
    'OFFLINE',
  ]);
});

test('errors whose files are gone are still errors, and a suspended pool lists none', () => {
  expect(pool('22-permanent-errors-snapshot-destroyed').dataErrors).toEqual({ state: 'listed', count: 3, names: [] });
  const [text] = parseStatusText(read('22-permanent-errors-snapshot-destroyed.status-vPLsp.txt'));
  expect(text?.dataErrors.count).toBeGreaterThan(0);
  expect(pool('51-suspended').dataErrors).toMatchObject({ state: 'unlisted', count: 85 });
});

test('no pools is no pools, and another form is an error, not health', () => {
  expect(parseStatusJson('{"pools":{}}')).toEqual([]);
  expect(parseStatusText('no pools available\n')).toEqual([]);
  for (const text of ['', '{"pools":{"x":{}}}', 'not json'])
    expect(() => parseStatusJson(text)).toThrow(expect.objectContaining({ code: 'zfs_output' }));
  const ancient =
    '  pool: tank\n state: ONLINE\n scrub: none requested\nconfig:\n\n\tNAME STATE\n\nerrors: No known data errors\n';
  expect(() => parseStatusText(ancient)).toThrow(expect.objectContaining({ code: 'zfs_output' }));
});

test('rounded counters are numbers', () => {
  expect(parseCount('0')).toBe(0);
  expect(parseCount('11.7K')).toBe(11_981);
});
