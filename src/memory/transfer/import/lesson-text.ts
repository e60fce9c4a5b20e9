import { SEVERITIES, type Severity } from '../../../core/severity.ts';
import { type Entry, entriesOf, type Rule, rowsOf, rulesOf } from './entries.ts';
import type { Section } from './markdown.ts';
import type { Candidate } from './model.ts';
import { dateIn, listOf, oneLine } from './text.ts';

const MAX_TITLE = 110;
const MAX_FIELD = 600;
const MAX_BODY = 8_000;
const WHOLE = 0.4;
const WITHOUT_INCIDENT = 0.3;
/** Words of a heading that name no component. */
const GENERAL = new Set(
  'general misc other lessons patterns rules notes overview failures common learned known issues the and of ai'.split(
    ' ',
  ),
);

export interface Around {
  readonly source: string;
  /** For entries that have no date of their own. */
  readonly date?: string;
  readonly globs?: readonly string[];
  readonly from?: string;
}

/** Every lesson that one section tells: labelled entries, rows of tables, and rules that say what happens without them. */
export function candidatesOf(section: Section, around: Around): readonly Candidate[] {
  const category = section.level > 2 ? (section.above.at(-1) ?? '') : section.level === 2 ? section.title : '';
  const entries = [...entriesOf(section), ...rowsOf(section)];
  return [
    ...entries.flatMap((entry) => fromEntry(entry, category, section, around) ?? []),
    ...rulesOf(section).map((rule) => fromRule(rule, category, around)),
  ];
}

function fromEntry(entry: Entry, category: string, section: Section, around: Around): Candidate | undefined {
  const { title, fields, rest } = entry;
  const fix = fields.fix ?? fields.prevention;
  const symptom = fields.symptom ?? (fields.cause === undefined ? undefined : title);
  if (fix === undefined || symptom === undefined) return undefined;
  const isCategory = title !== section.title || section.level > 2;
  return {
    draft: {
      title: longEnough(oneLine(withoutDate(title) || symptom, MAX_TITLE), category, 8),
      symptom: longEnough(oneLine(symptom, MAX_FIELD), title, 10),
      cause: longEnough(oneLine(fields.cause ?? 'The entry does not say why', MAX_FIELD), 'Cause', 10),
      fix: longEnough(oneLine(fix, MAX_FIELD), 'Do', 10),
      severity: severityOf(fields.severity),
      ...besides(fields),
      components: componentsOf(fields.components, isCategory ? category : ''),
      ...scoped(around),
    },
    confidence: fields.cause === undefined ? WITHOUT_INCIDENT : WHOLE,
    ...origin(around, dateOf(entry, section)),
    ...(rest !== '' && { body: rest.slice(0, MAX_BODY) }),
  };
}

const withoutDate = (title: string): string => title.replace(/\s*[([]?20\d\d-\d\d-\d\d[)\]]?\s*[:–—-]?\s*/, ' ').trim();

/** What an entry may say beside the fix; a prevention that stands alone has become the fix. */
const besides = ({ fix, wrong_fix: wrong, prevention }: Entry['fields']) => ({
  ...(wrong !== undefined && { wrong_fix: oneLine(wrong, MAX_FIELD) }),
  ...(prevention !== undefined && fix !== undefined && { prevention: oneLine(prevention, MAX_FIELD) }),
});

const dateOf = ({ fields, title }: Entry, section: Section): string | undefined =>
  dateIn(fields.date) ?? dateIn(title) ?? dateIn(section.title);

/** An entry's own day comes before that of its file. */
const origin = ({ source, from, date }: Around, own: string | undefined) => ({
  source,
  ...((own ?? date) !== undefined && { date: own ?? date }),
  ...(from !== undefined && { from }),
});

function fromRule({ what, rule }: Rule, category: string, around: Around): Candidate {
  return {
    draft: {
      title: longEnough(oneLine(what, MAX_TITLE), category, 8),
      symptom: oneLine(what, MAX_FIELD),
      cause: 'Stated as a rule, without the incident behind it',
      fix: oneLine(rule, MAX_FIELD),
      severity: 'medium',
      components: componentsOf(undefined, category),
      ...scoped(around),
    },
    confidence: WITHOUT_INCIDENT,
    ...origin(around, dateIn(what)),
  };
}

const scoped = ({ globs = [] }: Around) => (globs.length === 0 ? {} : { applies_to: { paths: [...globs] } });

const longEnough = (text: string, before: string, least: number): string =>
  text.length >= least ? text : `${before === '' ? 'Lesson' : oneLine(before, 60)}: ${text}`.padEnd(least, '.');

function severityOf(text = ''): Severity {
  const word = text.toLowerCase();
  return SEVERITIES.find((severity) => word.includes(severity)) ?? 'medium';
}

/** Names with versions as a file gives them (`longhorn 1.6`), or else what the category is about. */
function componentsOf(given: string | undefined, category: string): Record<string, string> {
  const named = given === undefined ? [] : listOf(given.replaceAll(';', ','));
  const found = named.flatMap((part): [string, string][] => {
    const [, name = '', range = ''] = /^([A-Za-z][\w. /-]*?)(?:\s+v?([<>=~^]*\s*\d[\w.]*))?$/.exec(part) ?? [];
    return slugOf(name) === '' ? [] : [[slugOf(name), range === '' ? '*' : range]];
  });
  if (found.length > 0) return Object.fromEntries(found);
  const words = category.split(/[\s/&,+()]+/).filter((word) => word !== '' && !GENERAL.has(word.toLowerCase()));
  return words.length > 0 && words.length <= 3
    ? Object.fromEntries(words.map((word) => [slugOf(word), '*']).filter(([name]) => name !== ''))
    : {};
}

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
