import { type DecideStep, deny, pass } from '../case.ts';
import { nodesDisrupted, nodesOf, nodesReached } from '../nodes.ts';

/**
 * Never a second control-plane node down, whatever a disruption budget says (etcd's own is not always right).
 * A node that is closed for new pods counts as down: it was drained, or is about to be, and nobody has brought it back.
 */
export const quorum: DecideStep = {
  name: 'quorum',
  check(facts) {
    if (nodesReached(facts).length === 0) return pass;
    const nodes = nodesOf(facts.before);
    if (nodes === undefined)
      return deny('quorum_unknown', 'The nodes could not be read, so that quorum cannot be worked out.');
    const disrupted = nodesDisrupted(facts);
    const members = [...nodes.values()].filter(({ isControlPlane }) => isControlPlane);
    const falling = members.filter(({ name }) => disrupted.includes(name));
    if (falling.length === 0) return pass;
    if (falling.length > 1)
      return deny('quorum', `It would take down ${falling.length} control-plane nodes at the same time.`);
    const down = members.find((node) => !falling.includes(node) && !(node.isReady && node.isSchedulable));
    return down === undefined
      ? pass
      : deny('quorum', `Control-plane node ${down.name} is not in service, so that no other may be taken down.`);
  },
};
