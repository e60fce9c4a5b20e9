import { expect, test } from 'vitest';
import { Proxmox } from './sections.ts';

const connection = { name: 'home', urls: ['https://pve1.lan:8006'], token: 'a@pve!b', secretFile: '/s' };

test.each([
  ['300-399', { from: 300, to: 399 }],
  ['300-300', { from: 300, to: 300 }],
])('ids of our own: %s', (ownIds, range) => {
  expect(Proxmox.parse([{ ...connection, ownIds }])[0]?.ownIds).toEqual(range);
});

test.each(['399-300', '99-300', '300', 'all'])('%s is no range of ids', (ownIds) => {
  expect(Proxmox.safeParse([{ ...connection, ownIds }]).success).toBe(false);
});
