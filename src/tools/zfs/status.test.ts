import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createZfsClient } from '../../clients/zfs/client.ts';
import { createZfsHosts } from '../../clients/zfs/hosts.ts';
import { ManualClock } from '../../core/clock.ts';
import { createRegistry } from '../registry.ts';
import { caller } from '../testing.ts';
import { toolsets } from '../toolsets.ts';

const clock = new ManualClock('2026-11-22T00:00:00Z');

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/openzfs-2.3.9', name), 'utf8');

/** A host whose `zpool status` says this; the rest is small and healthy. */
const hostOf = (name: string, status: string | undefined, events = '') =>
  createZfsClient({
    runner: {
      host: name,
      identity: async () => name,
      close: async () => undefined,
      async run({ argv }) {
        const line = argv.join(' ');
        const said = (stdout: string) => ({ exitCode: 0, stdout, stderr: '' });
        if (status === undefined) return { exitCode: 1, stdout: '', stderr: 'zfs: command not found' };
        if (line.startsWith('zfs version')) return said('zfs-2.3.9\n');
        if (line.startsWith('zpool status')) return said(status);
        if (line.startsWith('zpool list')) return said('tank\t42\t3087007744\t459335168\t2627672576\t0\t14\tONLINE\n');
        if (line.startsWith('zpool events')) return said(events);
        if (line.startsWith('zfs list'))
          return said('tank\t1\tfilesystem\t332469760\t1064816640\t24576\t/tank\t-\toff\t-\t1795300000\n');
        return said(line.includes('/state') ? (/"state":"(\w+)"/.exec(status)?.[1] ?? 'ONLINE') : '');
      },
    },
  });

const statusOf = async (...hosts: ReturnType<typeof hostOf>[]): Promise<string> => {
  const registry = createRegistry({
    toolsets: toolsets.filter(({ name }) => name === 'zfs'),
    clients: { zfs: createZfsHosts(hosts) },
    clock,
    random: () => 'abcdefghij',
  });
  return (await registry.call('zfs_status', {}, caller())).text;
};
const tokens = (text: string): number => Math.ceil(text.length / 4);

test('a healthy pool costs at most 120 tokens', async () => {
  const text = await statusOf(hostOf('pve1', recorded('02-scrub-finished.status-jpvPs.json')));
  expect(text).toContain('1 pool, healthy.');
  expect(text).toContain('raidz3-0 can lose 3 more disks');
  expect(text).toContain('mirror-1 (special) can lose 1 more disk');
  expect(tokens(text)).toBeLessThanOrEqual(120);
});

/** 24 disks in four raidz2 vdevs, and nearly everything wrong with them. */
function troubled(): string {
  const vdevs: Record<string, unknown> = {};
  for (let row = 0; row < 4; row++) {
    const disks: Record<string, unknown> = {};
    for (let at = 0; at < 6; at++) {
      const name = `/dev/disk/by-id/ata-ST18000NM000J-2TV103_ZR5${row}${at}ABCD-part1`;
      const isBad = at < 2;
      disks[name] = {
        name,
        path: name,
        vdev_type: 'disk',
        guid: String(10_000_000_000_000_000_000n + BigInt(row * 10 + at)),
        class: 'normal',
        state: isBad ? 'FAULTED' : 'ONLINE',
        ...(isBad && { aux: 'ERR_EXCEEDED' }),
        read_errors: isBad ? '1234' : '0',
        write_errors: isBad ? '56789' : '0',
        checksum_errors: '12',
      };
    }
    vdevs[`raidz2-${row}`] = {
      name: `raidz2-${row}`,
      vdev_type: 'raidz',
      guid: String(row),
      class: 'normal',
      state: 'DEGRADED',
      vdevs: disks,
    };
  }
  const pool = {
    name: 'tank',
    state: 'DEGRADED',
    pool_guid: '42',
    status:
      'One or more devices has experienced an error resulting in data\n\tcorruption.  Applications may be affected.\n',
    msgid: 'ZFS-8000-8A',
    scan_stats: {
      function: 'RESILVER',
      state: 'SCANNING',
      start_time: '1795300000',
      to_examine: '1000',
      issued: '400',
    },
    error_count: '900',
    errlist: Array.from({ length: 900 }, (_, index) => `/tank/media/film-${index}.mkv`),
    vdevs: { tank: { name: 'tank', vdev_type: 'root', state: 'DEGRADED', vdevs } },
  };
  return JSON.stringify({ pools: { tank: pool } });
}

test('a pool of 24 disks in trouble costs at most 600 tokens, and the worst is in them', async () => {
  const events = Array.from({ length: 500 }, () => 'Nov 21 2026 22:27:35.140003975\tereport.fs.zfs.checksum\n').join(
    '',
  );
  const text = await statusOf(hostOf('pve1', troubled(), events));
  expect(tokens(text)).toBeLessThanOrEqual(600);
  expect(text).toContain('1 in trouble');
  expect(text).toContain('4x raidz2 can lose no disk each');
  expect(text).toContain('900 errors: /tank/media/film-0.mkv');
  expect(text).toContain('resilver running, 40 %');
  expect(text).toContain('500 checksum');
});

test('a host that does not answer is named, and the others are told', async () => {
  const text = await statusOf(
    hostOf('pve1', recorded('02-scrub-finished.status-jpvPs.json')),
    hostOf('pve2', undefined),
  );
  expect(text).toContain('1 pool, healthy. 1 host could not be read.');
  expect(text).toContain('pve2: ');
});

test('ONLINE with errors is trouble, and so is a suspended pool whose vdevs all say ONLINE', async () => {
  const errors = await statusOf(hostOf('pve1', recorded('06-checksum-errors-repaired.status-jpvPs.json')));
  expect(errors).toContain('1 in trouble');
  expect(errors).toContain('0/0/916');
  const asleep = await statusOf(hostOf('pve1', recorded('51-suspended.status-jpvPs.json')));
  expect(asleep).toContain('susp SUSPENDED');
  expect(asleep).toContain('85 data errors, not listed while it is suspended');
  expect(asleep).not.toMatch(/LOST|can lose/);
});
