import { expect, test } from 'vitest';
import { demandAllowed, matchCommand } from '../command/spec.ts';
import { argvOf, zfsCommands } from './commands.ts';

test.each([
  ['scrub_start', ['tank'], 'zpool scrub tank'],
  [
    'disk_replace',
    ['tank', '1683762354831977626', '/dev/disk/by-id/ata-WDC_X'],
    'zpool replace tank 1683762354831977626 /dev/disk/by-id/ata-WDC_X',
  ],
  ['snapshot_destroy', ['tank/k8s@steward-1'], 'zfs destroy tank/k8s@steward-1'],
  ['property_set', ['quota=1073741824', 'tank/media'], 'zfs set quota=1073741824 tank/media'],
])('%s %j', (name, values, line) => {
  const argv = argvOf(name, ...values);
  expect(argv.join(' ')).toBe(line);
  expect(demandAllowed(zfsCommands, argv, 'h').name).toBe(name);
});

// The always-refused list: no way to say any of these exists.
test.each([
  'zpool destroy tank',
  'zpool labelclear /dev/sda',
  'zpool add tank /dev/disk/by-id/ata-X',
  'zpool add -f tank /dev/disk/by-id/ata-X',
  'zpool remove tank special-1',
  'zpool upgrade rpool',
  'zpool import -f tank',
  'zpool import -F tank',
  'zpool replace -f tank 1 /dev/disk/by-id/ata-X',
  'zpool replace tank 1 /dev/sdb',
  'zpool offline -f tank 1',
  'zfs destroy tank/data',
  'zfs destroy -r tank/data@a',
  'zfs destroy -R tank/data@a',
  'zfs destroy tank/data@a%b',
  'zfs destroy tank/data@a,b',
  'zfs rollback -r tank/data@a',
  'zfs recv -F tank/data',
  'zfs set dedup=on tank',
  'zfs set sync=disabled tank',
  'zfs set checksum=off tank',
  'zfs set mountpoint=/ tank',
  'zfs set quota=1 -r tank',
  'zfs set democratic-csi:managed_resource=false tank/k8s/pvc-1',
  'zfs set openebs.io:volname=x tank/k8s/pvc-1',
  'zfs set copies=2 tank',
  'zfs set special_small_blocks=1M tank',
])('"%s" is refused', (line) => {
  expect(matchCommand(zfsCommands, line.split(' '))).toBeUndefined();
});

test('names are unique, and reads change nothing', () => {
  const names = zfsCommands.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const reads = zfsCommands
    .filter(({ writes }) => !writes)
    .map(({ argv }) => argv.filter((one) => typeof one === 'string').join(' '));
  expect(
    reads.filter((line) => /\b(destroy|scrub|clear|replace|rollback|set)\b/.test(line) && !line.includes('-n')),
  ).toEqual([]);
});
