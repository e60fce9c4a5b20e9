import type { Candidate } from './candidates.ts';
import type { LiveIndex } from './live-index.ts';
import type { Facts } from './proposal.ts';
import type { Fit } from './selectors.ts';
import { tokens } from './tokens.ts';

/** Rows that each arm brings. */
const ARM = 200;
/** How the arms are fused for actions (measured on manifests and their guards); renormalised where an arm is absent. */
const FUSION = { text: 0.5, cosine: 0.25, fields: 0.25, place: 0.25 } as const;
const RECENCY = 0.1;
const PROOF = 0.05;
const HALF_LIFE_DAYS = 180;

/**
 * What decides whether a lesson is worth showing, in absolute terms: the share of its own title and symptom that the
 * proposal holds, how near it is, whether action and kind fit, whether its component is named; other content counts against it.
 */
const WORTH = {
  text: 0.65,
  place: 0.2,
  component: 0.15,
  cosine: 0.1,
  otherContent: -0.25,
  guardSaysNo: -0.35,
} as const;
const FIT = { match: 1, any: 0.3, mismatch: -1 } as const satisfies Record<Fit, number>;
/** Below this score "nothing known" is the better answer; chosen on the cases of `cases/`. */
const CUT = 0.39;
/** What vectors add to a lesson that is worth showing; made up for while they are absent, so that the cut stays the same. */
const WITHOUT_VECTORS = 1.07;
/** No place makes up for less text than this. */
const LEAST_TEXT = 0.08;
/** A cosine below this says nothing: unrelated lessons have it too. */
const FAR = 0.35;
/** What a word counts that stands in a name only: pods called `csi-...` are drained every day. */
const NAME_SHARE = 0.35;
const COMPONENT_SHARE = 0.75;
/** Every lesson is about these. */
const EVERYWHERE = new Set(tokens('kubernetes k3s'));

/** A row with what each arm says about it. */
export interface Ranked {
  readonly row: number;
  /** Fused score by which likely lessons are ordered. */
  readonly rank: number;
  /** Worth as far as numbers tell; selectors that name other content are still to be looked at. */
  readonly worth: number;
  /** Over which link it was reached, when it was not found by itself. */
  readonly through?: string;
}

/** Rows that words or meaning find and that may be worth showing, best first. */
export async function rank(index: LiveIndex, facts: Facts, day: number): Promise<readonly Ranked[]> {
  const terms = facts.terms;
  const hits = index.text.search(terms.keys(), ARM);
  const near = await index.vectors.near(terms.keys(), () => [...terms.values()].join(' '), ARM);
  const rows = new Set([...hits, ...(near?.nearest ?? [])].map(({ row }) => row));
  const asked = askedOf(index, facts);
  const scores = new Map(hits.map(({ row, score }) => [row, score]));
  const features = [...rows]
    .filter((row) => index.columns.isLive(row, day))
    .map((row) => featuresOf(index, row, asked, scores.get(row), near?.of(row)));
  return fuse(features)
    .map(({ row, rank, ...one }) => ({ row, rank: rank * boost(index, row, day), ...one }))
    .filter(({ worth }) => worth >= CUT)
    .sort((a, b) => b.rank - a.rank || a.row - b.row);
}

interface Asked {
  readonly terms: ReadonlySet<number>;
  readonly nameTerms: ReadonlySet<number>;
  readonly fields: ReadonlySet<number>;
  readonly kinds: ReadonlySet<number>;
  readonly actions: ReadonlySet<number>;
  readonly components: ReadonlySet<number>;
  /** Those of them that only the name of something gave. */
  readonly namedComponents: ReadonlySet<number>;
  /** The same, by their numbers in the text index. */
  readonly componentTerms: ReadonlySet<number>;
}

interface Features {
  readonly row: number;
  readonly text: number;
  /** BM25 as a share of the full mark, at most 1. */
  readonly share: number;
  readonly cosine: number | undefined;
  readonly fields: number;
  readonly place: number;
  readonly component: boolean;
}

function askedOf({ text, fields, columns }: LiveIndex, facts: Facts): Asked {
  const said = [...facts.terms.keys()].filter((term) => !EVERYWHERE.has(term) && !facts.nameTerms.has(term));
  const named = [...facts.nameTerms].filter((term) => !EVERYWHERE.has(term));
  return {
    terms: text.idsOf(facts.terms.keys()),
    nameTerms: text.idsOf([...facts.nameTerms].filter((term) => facts.terms.has(term))),
    fields: fields.idsOf(facts.fieldTerms),
    kinds: columns.kinds.idsOf(facts.kinds),
    actions: columns.actions.idsOf([facts.action]),
    components: columns.componentTerms.idsOf(said),
    namedComponents: columns.componentTerms.idsOf(named),
    componentTerms: text.idsOf(named.filter((term) => columns.componentTerms.names.idOf(term) !== undefined)),
  };
}

function featuresOf(
  index: LiveIndex,
  row: number,
  asked: Asked,
  found: number | undefined,
  cosine: number | undefined,
): Features {
  const { text, columns } = index;
  const how = (list: typeof columns.kinds, ids: ReadonlySet<number>): Fit =>
    list.isEmpty(row) ? 'any' : list.hits(row, ids) ? 'match' : 'mismatch';
  const action = how(columns.actions, asked.actions);
  const kind = how(columns.kinds, asked.kinds);
  // Where a lesson about this action speaks of a component, a name that is this component says more than other names do.
  const isNamed = action === 'match' && kind !== 'mismatch' && speaksOf(index, row, asked);
  const full = found ?? text.score(row, asked.terms);
  const score = full - (1 - (isNamed ? COMPONENT_SHARE : NAME_SHARE)) * text.score(row, asked.nameTerms);
  return {
    row,
    text: score,
    share: Math.min(1, score / text.fullMark(row)),
    cosine,
    fields: overlap(index, row, asked.fields),
    place: (FIT[kind] + FIT[action]) / 2,
    component: isNamed || columns.componentTerms.hits(row, asked.components),
  };
}

const speaksOf = ({ text, columns }: LiveIndex, row: number, asked: Asked): boolean =>
  columns.componentTerms.hits(row, asked.namedComponents) && text.holdsInKey(row, asked.componentTerms);

/** Idf of the selector terms that the proposal holds, by the length of all of them. */
function overlap({ fields, text }: LiveIndex, row: number, asked: ReadonlySet<number>): number {
  let shared = 0;
  let square = 0;
  for (const id of fields.of(row)) {
    const idf = text.idf(id);
    square += idf * idf;
    if (asked.has(id)) shared += idf;
  }
  return square === 0 ? 0 : shared / Math.sqrt(square);
}

/** Convex fusion of the arms, each scaled over what was found. */
function fuse(all: readonly Features[]): readonly Ranked[] {
  const most = (of: (one: Features) => number): number => all.reduce((max, one) => Math.max(max, of(one)), 0) || 1;
  const text = most((one) => one.text);
  const cosine = most((one) => one.cosine ?? 0);
  const fields = most((one) => one.fields);
  const isNear = all.some((one) => one.cosine !== undefined);
  const total = FUSION.text + FUSION.fields + FUSION.place + (isNear ? FUSION.cosine : 0);
  return all.map((one) => ({
    row: one.row,
    rank:
      (FUSION.text * (one.text / text) +
        FUSION.fields * (one.fields / fields) +
        FUSION.place * one.place +
        (isNear ? FUSION.cosine * (Math.max(0, one.cosine ?? 0) / cosine) : 0)) /
      total,
    worth: worthOf(one),
  }));
}

function worthOf({ share, cosine, place, component }: Features): number {
  if (share < LEAST_TEXT) return 0;
  const worth = WORTH.text * share + WORTH.place * place + (component ? WORTH.component : 0);
  if (cosine === undefined) return worth * WITHOUT_VECTORS;
  return worth + (WORTH.cosine * Math.max(0, cosine - FAR)) / (1 - FAR);
}

/** A lesson that is well believed (0.83 and more) keeps its score, one that nobody believes keeps half of it. */
const trust = (confidence: number): number => Math.min(1, 0.5 + 0.6 * confidence);

/** Younger lessons and better proven ones come a little earlier. */
function boost({ columns }: LiveIndex, row: number, day: number): number {
  const youth = 2 * 2 ** (-columns.age(row, day) / HALF_LIFE_DAYS) - 1;
  const proof = 2 * columns.confidence(row) - 1;
  return (1 + RECENCY * youth) * (1 + PROOF * proof);
}

/** The calibrated score, 0..1, or undefined when it is not worth showing; `confidence` as outcomes have it. */
export function judge({ worth }: Ranked, { how, guard }: Candidate, confidence: number): number | undefined {
  const total =
    worth +
    (how.content === 'mismatch' || how.name === 'mismatch' ? WORTH.otherContent : 0) +
    (guard?.says === 'no' && guard.isAbout ? WORTH.guardSaysNo : 0);
  const calibrated = total * trust(confidence);
  return calibrated < CUT ? undefined : calibrated;
}
