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

const parsePart = (part: string, low: number, high: number, names: readonly string[]): number[] | undefined => {
  const [range = '', stepText] = part.split('/');
  const [fromText = '', toText] = range.split('-');
  const step = stepText === undefined ? 1 : Number(stepText);
  const from = range === '*' || range === '?' ? low : numberOf(fromText, names);
  const open = range === '*' || range === '?' || (stepText !== undefined && toText === undefined);
  const to = open ? high : toText === undefined ? from : numberOf(toText, names);
  if (![from, to, step].every(Number.isInteger) || from < low || to > high || from > to || step < 1) return undefined;
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
};

const parseField = (
  field: string,
  low: number,
  high: number,
  names: readonly string[] = [],
): Set<number> | undefined => {
  const parts = field.split(',').map((part) => parsePart(part, low, high, names));
  return parts.some((part) => part === undefined) ? undefined : new Set(parts.flatMap((part) => part ?? []));
};

const isOpen = (field: string | undefined): boolean => field === '*' || field === '?';

const at = (day: number, hour: number, minute: number): Date => new Date(day + hour * 60 * MINUTE + minute * MINUTE);

/** Reads the five fields or a macro; undefined when it is no schedule. */
export const parseCron = (text: string): CronSchedule | undefined => {
  const fields = (MACROS[text.trim()] ?? text.trim()).split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [m = '', h = '', dom = '', mon = '', dow = ''] = fields;
  const minutes = parseField(m, 0, 59);
  const hours = parseField(h, 0, 23);
  const dates = parseField(dom, 1, 31);
  const months = parseField(mon, 1, 12, MONTHS);
  const days = parseField(dow, 0, 7, DAYS);
  if (!minutes || !hours || !dates || !months || !days) return undefined;
  const dayFits = (date: Date): boolean => {
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const byDate = dates.has(date.getUTCDate());
    const byDay = days.has(date.getUTCDay()) || (date.getUTCDay() === 0 && days.has(7));
    // When both fields are restricted, either is enough.
    return isOpen(dom) || isOpen(dow) ? byDate && byDay : byDate || byDay;
  };
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
