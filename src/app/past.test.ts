import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from './log.ts';
import { openPast } from './past.ts';

const log = openLog('silent');
const folder = mkdtempSync(join(tmpdir(), 'steward-past-'));
// only whether there are any is asked
const zfs = [{}] as unknown as Parameters<typeof openPast>[0]['zfs'];

test('the past lives on in its file, and is kept only where there is something to compare', async () => {
  const readings = join(folder, 'deep/readings.db');
  expect(await openPast({ readings, zfs: [], proxmox: [], log })).toBeUndefined();
  const first = await openPast({ readings, zfs, proxmox: [], log });
  first?.keep([{ resource: 'disk S1', metric: 'pending', value: 1 }], new Date('2026-11-20T12:00:00Z'));
  first?.close();
  const second = await openPast({ readings, zfs, proxmox: [], log });
  expect([...(second?.past().keys() ?? [])]).toEqual(['disk S1 pending']);
  second?.close();
});

test('a file that is none of ours costs the comparison, and nothing else', async () => {
  const readings = join(folder, 'text.db');
  writeFileSync(
    readings,
    'this is a letter, not a database, and it is longer than a header of one hundred bytes would be.'.repeat(3),
  );
  expect(await openPast({ readings, zfs, proxmox: [], log })).toBeUndefined();
});
