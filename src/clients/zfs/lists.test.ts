import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDisks } from './disks.ts';
import { parseDestroyPreview, parseDiskNames, parseProperties } from './lists.ts';

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/openzfs-2.3.9', name), 'utf8');

test('user properties keep their source', () => {
  const found = parseProperties(fixture('01-zfs-get-userprop.tsv')).filter(({ source }) => source === 'local');
  expect(found).toEqual([
    {
      dataset: 'tank/k8s/vols/pvc-0f1e2d3c',
      property: 'democratic-csi:managed_resource',
      value: 'true',
      source: 'local',
    },
  ]);
});

test('a preview names each dataset once', () => {
  expect(parseDestroyPreview('destroy\ttank/clone\ndestroy\ttank/vm@a\ndestroy\ttank/clone\nreclaim\t0\n')).toEqual([
    'tank/clone',
    'tank/vm@a',
  ]);
});

test('disks are known by the name that stays, with what is on them', () => {
  const names = parseDiskNames(fixture('00-by-id.txt'));
  expect(names.get('scsi-0QEMU_QEMU_HARDDISK_LAB01')).toBe('sda');
  const lsblk = JSON.stringify({
    blockdevices: [
      {
        name: 'sda',
        type: 'disk',
        serial: 'LAB01',
        model: 'QEMU HARDDISK',
        size: 419430400,
        'phy-sec': 512,
        mountpoints: [null],
        fstype: null,
        children: [{ name: 'sda1', type: 'part', fstype: 'zfs_member', mountpoints: [null] }],
      },
      { name: 'sdb', type: 'disk', serial: 'LAB02', size: 419430400, mountpoints: [null], fstype: null },
      { name: 'sr0', type: 'rom' },
      { name: 'zd0', type: 'disk' },
    ],
  });
  const [used, free, ...rest] = parseDisks(lsblk, names);
  expect(used).toMatchObject({
    id: '/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_LAB01',
    serial: 'LAB01',
    uses: ['partition sda1', 'holds zfs_member'],
  });
  expect(free?.uses).toEqual([]);
  expect(rest).toEqual([]);
});
