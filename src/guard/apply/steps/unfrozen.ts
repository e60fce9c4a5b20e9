import { currentFreeze } from '../../freeze.ts';
import type { ApplyStep } from '../case.ts';

export const unfrozen: ApplyStep = {
  name: 'unfrozen',
  check({ deps }) {
    const freeze = currentFreeze(deps.journal);
    if (freeze === undefined) return undefined;
    const reason = `All changes are frozen since ${freeze.at} by ${freeze.by}.`;
    return { code: 'frozen', reason, next: 'Wait until a person ends it with `steward thaw`.' };
  },
};
