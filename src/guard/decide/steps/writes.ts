import { type DecideStep, deny, pass } from '../case.ts';

/** A plan says every single write; one that says none has nothing to run. */
export const writes: DecideStep = {
  name: 'writes',
  check: ({ draft, targets }) =>
    targets.length === 0 || (draft.touches.length === 0 && (draft.refusals ?? []).length === 0)
      ? deny('nothing_to_do', 'It would change nothing: everything is already so.')
      : pass,
};
