import { messageOf } from '../../core/errors.ts';
import type { VersionOf } from '../../core/version.ts';
import type { PowerReader } from './contract.ts';

/** An outlet is its full id; whether it is on is what a plan was made on. */
export const outletVersions =
  (power: PowerReader): VersionOf =>
  async ({ name }, signal) => {
    try {
      const [outlets, { on }] = await Promise.all([power.outlets(), power.read(name, signal)]);
      const outlet = outlets.find(({ host }) => host === name);
      return outlet === undefined
        ? { state: 'absent' }
        : { state: 'there', uid: outlet.child, version: on ? 'on' : 'off' };
    } catch (error) {
      return { state: 'unknown', reason: messageOf(error) };
    }
  };
