import { expect, test } from 'vitest';
import type { Touch } from '../../../core/change.ts';
import type { RestorePoint } from '../../../core/plan.ts';
import { known, unknown, World } from '../../../world/world.ts';
import type { Case } from '../case.ts';
import { restorePoint } from './restore-point.ts';
import { sight } from './sight.ts';

const guest: Touch = { target: { system: 'proxmox', kind: 'Guest', namespace: 'home', name: '101' }, verb: 'delete' };
const pod: Touch = { target: { system: 'kubernetes', kind: 'Pod', namespace: 'a', name: 'b' }, verb: 'delete' };
const claim: Touch = {
  target: { system: 'kubernetes', kind: 'PersistentVolumeClaim', namespace: 'a', name: 'b' },
  verb: 'delete',
};
const point = (verified: boolean): RestorePoint => ({ what: 'pbs:1', where: 'pbs', at: 'now', verified });
// the two steps look at these fields only
const caseOf = (touches: readonly Touch[], more: object = {}): Case =>
  ({
    draft: { touches, ...more },
    reversibility: 'irreversible',
    before: new World(new Date(0), {}),
    ...more,
  }) as unknown as Case;

test('what cannot be undone and takes data along asks somebody else unless there is a verified restore point', async () => {
  const ask = { kind: 'ask', code: 'no_restore_point', approval: 'other_principal' };
  expect(await restorePoint.check(caseOf([guest]))).toMatchObject(ask);
  expect(await restorePoint.check(caseOf([claim]))).toMatchObject(ask);
  expect(await restorePoint.check(caseOf([guest], { restorePoint: point(false) }))).toMatchObject(ask);
  expect(await restorePoint.check(caseOf([guest], { restorePoint: point(true) }))).toMatchObject({ kind: 'allow' });
  expect(await restorePoint.check(caseOf([pod]))).toMatchObject({ kind: 'allow' });
  expect(await restorePoint.check(caseOf([guest], { reversibility: 'reversible' }))).toMatchObject({ kind: 'allow' });
});

test('a machine is not touched while a part around it is unknown; what is not configured is not needed', async () => {
  const blind = new World(new Date(0), { nodes: unknown('forbidden') });
  expect(await sight.check(caseOf([guest], { before: blind }))).toMatchObject({ kind: 'deny', code: 'machine_unseen' });
  expect(await sight.check(caseOf([pod], { before: blind }))).toMatchObject({ kind: 'allow' });
  expect(
    await sight.check(caseOf([guest], { before: new World(new Date(0), { nodes: known(new Map()) }) })),
  ).toMatchObject({ kind: 'allow' });
});
