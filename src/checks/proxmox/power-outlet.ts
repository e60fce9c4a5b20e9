import type { PowerOutlet } from '../../world/proxmox/schema.ts';
import { enumerate, minutesSince } from '../facts.ts';
import { outletOf, type Reason, type Rule } from './power-support.ts';

/** Rules of the outlet: that it is the right one, and that it was not switched again and again. */

/** A controller is the host's own and a magic packet names one card: only an outlet can be mistaken for another. */
const isMeasured = ({ way }: PowerOutlet): boolean => way === undefined || way === 'strip';

export const outletIsCertain: Rule = (touch, world) => {
  const outlet = outletOf(touch, world);
  if (outlet === undefined)
    return [{ rule: 6, kind: 'no-outlet', message: `No outlet is configured for ${touch.target.name}.` }];
  const sharing = [...world.powerOutlets.values()].filter(
    ({ strip, child, host }) => strip === outlet.strip && child === outlet.child && host !== outlet.host,
  );
  return [
    ...(outlet.unread === undefined
      ? []
      : [
          {
            rule: 6,
            kind: 'unread',
            message: `Its power strip ${outlet.strip} does not answer: the fence device cannot be used.`,
            evidence: [outlet.unread],
          },
        ]),
    ...(sharing.length === 0
      ? []
      : [
          {
            rule: 6,
            kind: 'shared',
            message: `The same outlet is said to feed ${enumerate(sharing.map(({ host }) => host))}.`,
          },
        ]),
    ...(outlet.alsoFeeds.length === 0
      ? []
      : [{ rule: 6, kind: 'feeds', message: `That strip also feeds ${enumerate([...outlet.alsoFeeds])}.` }]),
    ...(outlet.unread === undefined &&
    isMeasured(outlet) &&
    (outlet.on !== true || (outlet.watts ?? 0) < outlet.idleWatts)
      ? [
          {
            rule: 6,
            kind: 'watts',
            message: `Outlet ${outlet.alias ?? outlet.child} draws ${outlet.watts ?? 0} W, less than a running ${touch.target.name} does: it may be another one.`,
          },
        ]
      : []),
  ];
};

export const notTooOften: Rule = (touch, world, { attemptsPerDay, attemptsPerDayInAll, now }) => {
  const attempts = outletOf(touch, world)?.evidence?.attempts ?? [];
  const within = (minutes: number) => attempts.filter(({ at }) => (minutesSince(at, now) ?? 0) < minutes);
  const own = (list: readonly { readonly host: string }[]): number =>
    list.filter(({ host }) => host === touch.target.name).length;
  const day = within(24 * 60);
  const reasons: Reason[] = [];
  if (own(within(60)) > 0)
    reasons.push({ rule: 8, kind: 'hour', message: `${touch.target.name} was cycled less than an hour ago.` });
  if (own(day) >= attemptsPerDay || day.length >= attemptsPerDayInAll)
    reasons.push({
      rule: 8,
      kind: 'day',
      message: `Power was cycled ${day.length} times today: once more will not help.`,
    });
  return reasons;
};
