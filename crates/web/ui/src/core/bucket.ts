/**
 * Which buckets a chart is made of, and where they begin: in UTC, whatever clock times are shown by. The API has those of
 * the calendar; those between are put together from them here. Below a minute there are the messages themselves.
 */

import { DAY, HOUR, MINUTE, SECOND, type Span } from './range';

/** What the API is asked for. */
export type Base = 'message' | 'minute' | 'hour' | 'day' | 'month' | 'year';

export const GRANULARITIES = [
  'message',
  'minute',
  '2m',
  '5m',
  '10m',
  '15m',
  '30m',
  'hour',
  '3h',
  '6h',
  '12h',
  'day',
  'week',
  'month',
  'year',
] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** Widths are about: months and years differ. */
const KINDS: Record<Granularity, { width: number; base: Base; words: string }> = {
  // senders are as frequent as that, or less
  message: { width: SECOND, base: 'message', words: 'message' },
  minute: { width: MINUTE, base: 'minute', words: 'minute' },
  '2m': { width: 2 * MINUTE, base: 'minute', words: '2 minutes' },
  '5m': { width: 5 * MINUTE, base: 'minute', words: '5 minutes' },
  '10m': { width: 10 * MINUTE, base: 'minute', words: '10 minutes' },
  '15m': { width: 15 * MINUTE, base: 'minute', words: '15 minutes' },
  '30m': { width: 30 * MINUTE, base: 'minute', words: '30 minutes' },
  hour: { width: HOUR, base: 'hour', words: 'hour' },
  '3h': { width: 3 * HOUR, base: 'hour', words: '3 hours' },
  '6h': { width: 6 * HOUR, base: 'hour', words: '6 hours' },
  '12h': { width: 12 * HOUR, base: 'hour', words: '12 hours' },
  day: { width: DAY, base: 'day', words: 'day' },
  week: { width: 7 * DAY, base: 'day', words: 'week' },
  month: { width: 30 * DAY, base: 'month', words: 'month' },
  year: { width: 365 * DAY, base: 'year', words: 'year' },
};

/** As long as about two days of minutes: what is asked for without being told to. */
const ROWS_MAX = 3_000;
/** By hand more may be chosen, as far as a browser draws it quickly. */
const ROWS_CHOSEN_MAX = 20_000;
/** Single messages are drawn for a range as short as that, and can be chosen for one as short as this. */
const MESSAGES_USUAL = 5 * MINUTE;
const MESSAGES_MAX = 30 * MINUTE;
/** Fewer pixels a bucket, and bands and lines run together. */
const PIXELS_MIN = 1.35;

/** Whether single messages are shown at all. */
export type Finest = 'message' | 'minute';

export function baseOf(of: Granularity): Base {
  return KINDS[of].base;
}

/** `minute`, `5 minutes`. */
export function bucketWords(of: Granularity): string {
  return KINDS[of].words;
}

/** `a minute`, `5 minutes`. */
export function bucketLength(of: Granularity): string {
  const words = bucketWords(of);
  return /^\d/.test(words) ? words : `${of === 'hour' ? 'an' : 'a'} ${words}`;
}

export function widthOf(of: Granularity): number {
  return KINDS[of].width;
}

export function isGranularity(text: string | null): text is Granularity {
  return GRANULARITIES.some((known) => known === text);
}

function rows(of: Granularity, span: Span): number {
  return (span.to - span.from) / KINDS[KINDS[of].base].width;
}

/** The finest one that a chart so many pixels wide has room for; single messages only where they are wanted. */
export function bucketFor(span: Span, pixels: number, finest: Finest = 'message'): Granularity {
  const long = span.to - span.from;
  // a range up to now holds the minute that goes on too
  if (finest === 'message' && long <= MESSAGES_USUAL + MINUTE) return 'message';
  const most = Math.max(pixels, 100) / PIXELS_MIN;
  const fits = (of: Granularity) => of !== 'message' && long / widthOf(of) <= most && rows(of, span) <= ROWS_MAX;
  return GRANULARITIES.find(fits) ?? 'year';
}

/** Those that may be chosen for a span. */
export function choices(span: Span, finest: Finest = 'message'): Granularity[] {
  const long = Math.max(span.to - span.from, MINUTE);
  return GRANULARITIES.filter((of) => {
    if (of === 'message') return finest === 'message' && long <= MESSAGES_MAX + MINUTE;
    return rows(of, span) <= ROWS_CHOSEN_MAX && widthOf(of) <= long;
  });
}

/** The chosen one where it fits the span, else the best. */
export function bucketOr(chosen: string | null, span: Span, pixels: number, finest: Finest = 'message'): Granularity {
  return isGranularity(chosen) && choices(span, finest).includes(chosen) ? chosen : bucketFor(span, pixels, finest);
}

/** Weeks begin on Mondays; the first day of all was a Thursday. */
const MONDAY = 4 * DAY;

export function floorTo(of: Granularity, at: number): number {
  const date = new Date(at);
  if (of === 'year') return Date.UTC(date.getUTCFullYear(), 0);
  if (of === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const width = widthOf(of);
  const from = of === 'week' ? MONDAY : 0;
  return Math.floor((at - from) / width) * width + from;
}

/** The start of the bucket after the one that begins at `at`. */
export function nextOf(of: Granularity, at: number): number {
  const date = new Date(at);
  if (of === 'year') return Date.UTC(date.getUTCFullYear() + 1, 0);
  if (of === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return at + widthOf(of);
}

/** The starts of all buckets that touch the span. */
export function bucketsOf(of: Granularity, span: Span): number[] {
  const starts = [];
  for (let at = floorTo(of, span.from); at < span.to; at = nextOf(of, at)) starts.push(at);
  return starts;
}
