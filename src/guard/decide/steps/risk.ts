import { type Decision, stricter } from '../../../core/decision.ts';
import { askElsewhere, askHere, type DecideStep, pass } from '../case.ts';
import { type Risk, risksOf } from '../risks.ts';

/** The approval table: what can be undone and is clean passes, what reaches far asks, what cannot be taken back asks somebody else. */
const APPROVALS: Readonly<Record<Risk, Decision>> = {
  irreversible: askElsewhere('irreversible', 'It cannot be undone.'),
  control_plane: askElsewhere('control_plane', 'It reaches the control plane.'),
  storage: askElsewhere('storage', 'It changes storage.'),
  rights: askElsewhere('rights', 'It changes who may do what.'),
  secret: askElsewhere('secret', 'It changes a Secret.'),
  power: askElsewhere('power', 'It switches power.'),
  node_level: askHere('node_level', 'It reaches a whole node.'),
  externally_reversible: askHere('externally_reversible', 'It can only be undone outside of this system.'),
  tainted: askHere('tainted', 'This session has read text from outside.'),
};

export const risk: DecideStep = {
  name: 'risk',
  check: (facts) =>
    risksOf(facts)
      .map((one) => APPROVALS[one])
      .reduce((worst, one) => stricter(worst, one), pass),
};
