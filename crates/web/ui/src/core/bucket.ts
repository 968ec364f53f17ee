/** Which buckets a chart is made of, and where they begin: calendar buckets in UTC, as the API has them. */

import { DAY, HOUR, MINUTE, type Span } from './range';

export const GRANULARITIES = ['minute', 'hour', 'day', 'month', 'year'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** About; months and years differ. */
export const WIDTH: Record<Granularity, number> = {
  minute: MINUTE,
  hour: HOUR,
  day: DAY,
  month: 30 * DAY,
  year: 365 * DAY,
};

/** No screen shows more points side by side. */
export const POINTS_MAX = 1500;
/** By hand a finer one may be chosen, as far as a browser draws it quickly. */
export const POINTS_CHOSEN_MAX = 20_000;

export function isGranularity(text: string | null): text is Granularity {
  return GRANULARITIES.some((known) => known === text);
}

/** The finest one that is not too many points. */
export function bucketFor(span: Span): Granularity {
  const long = span.to - span.from;
  return GRANULARITIES.find((of) => long / WIDTH[of] <= POINTS_MAX) ?? 'year';
}

/** Those that may be chosen for a span. */
export function choices(span: Span): Granularity[] {
  const long = span.to - span.from;
  return GRANULARITIES.filter((of) => long / WIDTH[of] <= POINTS_CHOSEN_MAX && WIDTH[of] <= Math.max(long, MINUTE));
}

/** The chosen one where it fits the span, else the best. */
export function bucketOr(chosen: string | null, span: Span): Granularity {
  return isGranularity(chosen) && choices(span).includes(chosen) ? chosen : bucketFor(span);
}

export function floorTo(of: Granularity, at: number): number {
  const date = new Date(at);
  if (of === 'year') return Date.UTC(date.getUTCFullYear(), 0);
  if (of === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  return Math.floor(at / WIDTH[of]) * WIDTH[of];
}

/** The start of the bucket after the one that begins at `at`. */
export function nextOf(of: Granularity, at: number): number {
  const date = new Date(at);
  if (of === 'year') return Date.UTC(date.getUTCFullYear() + 1, 0);
  if (of === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return at + WIDTH[of];
}

/** The starts of all buckets that touch the span. */
export function bucketsOf(of: Granularity, span: Span): number[] {
  const starts = [];
  for (let at = floorTo(of, span.from); at < span.to; at = nextOf(of, at)) starts.push(at);
  return starts;
}
