import { MINUTE } from './support.ts';

/** The minutes at which a CronJob is due, in UTC. */
export interface CronSchedule {
  /** The first due minute after `moment`, within five years. */
  next(moment: Date): Date | undefined;
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIVE_YEARS_OF_DAYS = 1827;

const numberOf = (text: string, names: readonly string[]): number => {
  const named = names.indexOf(text.toLowerCase());
  return named >= 0 ? named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
};

const isOpen = (range: string): boolean => range === '*' || range === '?';

interface Field {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

/** `*`, `5`, `2-8`; a single number with a step goes on to the end of the field. */
const boundsOf = (range: string, hasStep: boolean, { low, high, names = [] }: Field): [from: number, to: number] => {
  if (isOpen(range)) return [low, high];
  const [fromText = '', toText] = range.split('-');
  const from = numberOf(fromText, names);
  if (toText !== undefined) return [from, numberOf(toText, names)];
  return [from, hasStep ? high : from];
};

const parsePart = (part: string, field: Field): number[] | undefined => {
  const [range = '', stepText] = part.split('/');
  const step = stepText === undefined ? 1 : Number(stepText);
  const [from, to] = boundsOf(range, stepText !== undefined, field);
  const { low, high } = field;
  if (![from, to, step].every(Number.isInteger) || from < low || to > high || from > to || step < 1) return undefined;
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
};

const parseField = (text: string, field: Field): Set<number> | undefined => {
  const parts = text.split(',').map((part) => parsePart(part, field));
  return parts.some((part) => part === undefined) ? undefined : new Set(parts.flatMap((part) => part ?? []));
};

const at = (day: number, hour: number, minute: number): Date => new Date(day + hour * 60 * MINUTE + minute * MINUTE);

/** Whether a day is due by its date, month and day of the week; undefined when a field cannot be read. */
const parseDays = (dom: string, mon: string, dow: string): ((date: Date) => boolean) | undefined => {
  const dates = parseField(dom, { low: 1, high: 31 });
  const months = parseField(mon, { low: 1, high: 12, names: MONTHS });
  const days = parseField(dow, { low: 0, high: 7, names: DAYS });
  if (!dates || !months || !days) return undefined;
  return (date) => {
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const byDate = dates.has(date.getUTCDate());
    const byDay = days.has(date.getUTCDay()) || (date.getUTCDay() === 0 && days.has(7));
    // When both fields are restricted, either is enough.
    return isOpen(dom) || isOpen(dow) ? byDate && byDay : byDate || byDay;
  };
};

/** Reads the five fields or a macro; undefined when it is no schedule. */
export const parseCron = (text: string): CronSchedule | undefined => {
  const fields = (MACROS[text.trim()] ?? text.trim()).split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [m = '', h = '', dom = '', mon = '', dow = ''] = fields;
  const minutes = parseField(m, { low: 0, high: 59 });
  const hours = parseField(h, { low: 0, high: 23 });
  const dayFits = parseDays(dom, mon, dow);
  if (!minutes || !hours || !dayFits) return undefined;
  const sortedHours = [...hours].sort((a, b) => a - b);
  const sortedMinutes = [...minutes].sort((a, b) => a - b);
  return {
    next(moment) {
      const midnight = Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate());
      for (let offset = 0; offset < FIVE_YEARS_OF_DAYS; offset += 1) {
        const day = midnight + offset * 24 * 60 * MINUTE;
        if (!dayFits(new Date(day))) continue;
        for (const hour of sortedHours)
          for (const minute of sortedMinutes) if (+at(day, hour, minute) > +moment) return at(day, hour, minute);
      }
      return undefined;
    },
  };
};
