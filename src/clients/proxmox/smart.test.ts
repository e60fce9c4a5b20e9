import { expect, test } from 'vitest';
import { smartOf } from './smart.ts';

/** Answers of a Proxmox node, cut: pve-storage's own samples of smartctl. */
const row = (id: string, name: string, raw: string) => ({
  id,
  name,
  raw,
  value: 100,
  worst: 100,
  threshold: 0,
  fail: '-',
});

test('the rows of a disk with ATA', () => {
  const attributes = [
    row('  5', 'Reallocated_Sector_Ct', '8'),
    row('187', 'Reported_Uncorrect', '3'),
    row('190', 'Airflow_Temperature_Cel', '30 (Min/Max 20/33)'),
    row('194', 'Temperature_Celsius', '31 (0 17 0 0 0)'),
    row('197', 'Current_Pending_Sector', '0'),
    row('240', 'Head_Flying_Hours', '1259h+06m+33.546s'),
  ];
  expect(smartOf({ type: 'ata', health: 'PASSED', attributes })).toEqual({
    reallocated: 8,
    uncorrectable: 3,
    temperature: 31,
    pending: 0,
  });
});

test('the text of an NVMe disk', () => {
  const text =
    '\nSMART/Health Information (NVMe Log 0x02, NSID 0xffffffff)\nCritical Warning:                   0x00\nTemperature:                        32 Celsius\nAvailable Spare:                    100%\nPercentage Used:                    31%\nData Units Read:                    1,299,288 [665 GB]\nMedia and Data Integrity Errors:    1,204\nError Information Log Entries:      7\n';
  expect(smartOf({ type: 'text', health: 'PASSED', wearout: 69, text })).toEqual({
    temperature: 32,
    wornPercent: 31,
    mediaErrors: 1204,
  });
});

test('the text of a SAS disk', () => {
  const text =
    '\nPercentage used endurance indicator: 0%\nCurrent Drive Temperature:     20 C\nDrive Trip Temperature:        70 C\n\nElements in grown defect list: 4\n';
  expect(smartOf({ type: 'text', health: 'OK', text })).toEqual({ wornPercent: 0, temperature: 20, reallocated: 4 });
});

test('a disk without SMART tells nothing', () => {
  expect(smartOf({ health: 'UNKNOWN' })).toEqual({});
});
