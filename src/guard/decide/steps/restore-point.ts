import type { Touch } from '../../../core/change.ts';
import { askElsewhere, type DecideStep, pass } from '../case.ts';

/**
 * What cannot be undone and takes data along needs a way back that is already there, checked, and out of reach of the
 * change. Without one only a person who may approve can break the glass; the question says that there is none.
 */
export const restorePoint: DecideStep = {
  name: 'restore-point',
  check: ({ draft, reversibility }) =>
    reversibility !== 'irreversible' || draft.restorePoint?.verified === true || !draft.touches.some(takesData)
      ? pass
      : askElsewhere(
          'no_restore_point',
          'It cannot be undone, and there is no verified restore point out of its reach.',
        ),
};

const CLAIMS: ReadonlySet<string> = new Set(['PersistentVolumeClaim', 'PersistentVolume']);

const takesData = ({ target: { system, group = '', kind }, verb }: Touch): boolean =>
  system === 'proxmox' ||
  system === 'zfs' ||
  (system === 'kubernetes' && group === '' && CLAIMS.has(kind) && verb === 'delete');
