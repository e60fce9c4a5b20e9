import { messageOf } from '../../core/errors.ts';
import type { VersionOf } from '../../core/version.ts';
import type { PowerReader } from './contract.ts';

/** A way that has no state to see is what it is. */
export const stateOf = (on: boolean | undefined): string => (on === undefined ? 'unseen' : on ? 'on' : 'off');

/** An outlet is its full id; whether it is on is what a plan was made on. */
export const outletVersions =
  (power: PowerReader): VersionOf =>
  async ({ name }, signal) => {
    try {
      const [outlets, { on }] = await Promise.all([power.outlets(), power.read(name, signal)]);
      const outlet = outlets.find(({ host }) => host === name);
      return outlet === undefined ? { state: 'absent' } : { state: 'there', uid: outlet.child, version: stateOf(on) };
    } catch (error) {
      return { state: 'unknown', reason: messageOf(error) };
    }
  };
