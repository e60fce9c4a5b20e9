import { expect, test } from 'vitest';
import { withGuids } from './status-guids.ts';
import { parseStatusText } from './status-text.ts';

const text = (rows: string): string =>
  `  pool: tank\n state: ONLINE\nconfig:\n\n\tNAME  STATE  READ WRITE CKSUM\n\ttank  ONLINE  0  0  0\n${rows}\nerrors: No known data errors\n`;
const NAMED = text(
  '\t  mirror-0  ONLINE  0  0  0\n\t    /dev/a  ONLINE  0  0  0\n\t    /dev/b  ONLINE  0  0  0\n\tspares\n\t  /dev/c  AVAIL\n',
);
const NUMBERED = text(
  '\t  10000000000000000001  ONLINE  0  0  0\n\t    10000000000000000002  ONLINE  0  0  0\n\t    10000000000000000003  ONLINE  0  0  0\n\tspares\n\t  10000000000000000004  AVAIL\n',
);
const space = [
  {
    name: 'tank',
    guid: '42',
    size: 1,
    allocated: 0,
    free: 1,
    fragmentation: 0,
    capacity: 0,
    health: 'ONLINE',
  },
];
const overlaid = (named: string, numbered: string, again = named) =>
  withGuids(parseStatusText(named), {
    guids: parseStatusText(numbered),
    again: parseStatusText(again),
    space,
  })[0];
const guidsOf = (pool: ReturnType<typeof overlaid>): string[] =>
  pool?.vdevs.flatMap(({ guid, children }) => [guid, ...children.map((child) => child.guid)]) ?? [];

test('rows in the same order are the same rows', () => {
  const pool = overlaid(NAMED, NUMBERED);
  expect(pool?.guid).toBe('42');
  expect(guidsOf(pool)).toEqual([1, 2, 3, 4].map((digit) => `1000000000000000000${digit}`));
  expect(pool?.vdevs[0]?.children[1]).toMatchObject({ path: '/dev/b', guid: '10000000000000000003' });
});

test.each([
  ['a disk more', NUMBERED.replace('\tspares', '\t    10000000000000000009  ONLINE  0  0  0\n\tspares'), NAMED],
  ['another state', NUMBERED.replace('2  ONLINE', '2  OFFLINE'), NAMED],
  ['names in the place of guids', NAMED, NAMED],
  ['a disk that was swapped for another between two looks', NUMBERED, NAMED.replace('/dev/b', '/dev/x')],
  ['a state that changed between two looks', NUMBERED, NAMED.replace('/dev/a  ONLINE', '/dev/a  FAULTED')],
])('%s: no guid is told at all', (_, numbered, again) => {
  expect(guidsOf(overlaid(NAMED, numbered, again)).filter((guid) => guid !== '')).toEqual([]);
});
