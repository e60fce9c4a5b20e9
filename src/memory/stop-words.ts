/** English words that tell one lesson from another in no way. Negations stay out of it: they carry meaning. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by
  came can come could did do does doing done down during each else few for from further get gets got had has have having
  he her here hers him his how i if in into is it its itself just let like may me might more most much must my of off on
  once one only onto or other our out over own per rather same she should since so some still such than that the their
  them then there these they this those though through thus to too two under until up upon us use used uses using very
  via want was we well went were what when where whether which while who why will with within would yet you your`.split(
    /\s+/,
  ),
);
