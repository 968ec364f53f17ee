/** Ranges of time as the address bar holds them: the last so long, from an instant on, or from one to another. */

export type Range = { last: string } | { from: number } | Span;

/** Half-open, in milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const UNITS: Record<string, number> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

export const PRESETS: ReadonlyArray<{ last: string; label: string; name: string }> = [
  { last: '5m', label: '5 min', name: 'the last 5 minutes' },
  { last: '15m', label: '15 min', name: 'the last 15 minutes' },
  { last: '1h', label: '1 h', name: 'the last hour' },
  { last: '6h', label: '6 h', name: 'the last 6 hours' },
  { last: '24h', label: '24 h', name: 'the last 24 hours' },
  { last: '7d', label: '7 d', name: 'the last 7 days' },
  { last: '30d', label: '30 d', name: 'the last 30 days' },
  { last: '365d', label: '1 y', name: 'the last year' },
];

export const USUAL: Range = { last: '1h' };
/** What can be asked for: no shorter, as messages come a second apart; and the calendar of the API. */
export const SHORTEST = 10 * SECOND;
const EARLIEST = Date.UTC(1970, 0, 2);
const LATEST = Date.UTC(2100, 0, 1);

/** Milliseconds of `15m`, `7d`; `undefined` where it is none. */
export function length(text: string): number | undefined {
  const found = /^([1-9]\d{0,4})([smhdw])$/.exec(text);
  const unit = UNITS[found?.[2] ?? ''];
  return found && unit ? Number(found[1]) * unit : undefined;
}

/** An instant as RFC 3339, a date, or a minute, in UTC unless it says otherwise. */
export function instant(text: string | null): number | undefined {
  if (!text) return undefined;
  const zoned = /^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text) ? `${text}Z` : text;
  const at = /^\d{4}-\d{2}/.test(text) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** What the parameters of an address say; what makes no sense is the usual range. */
export function rangeOf(parameters: URLSearchParams): Range {
  return named(parameters) ?? USUAL;
}

/** Whether an address says something of a range, and that makes no sense. */
export function isUnreadable(parameters: URLSearchParams): boolean {
  return ['from', 'to', 'last'].some((name) => parameters.has(name)) && named(parameters) === undefined;
}

function named(parameters: URLSearchParams): Range | undefined {
  const last = parameters.get('last');
  if (!parameters.has('from') && !parameters.has('to')) {
    return last !== null && length(last) !== undefined ? { last } : undefined;
  }
  const from = instant(parameters.get('from'));
  if (from !== undefined && !parameters.has('to')) return { from: Math.min(Math.max(from, EARLIEST), LATEST) };
  const to = instant(parameters.get('to'));
  return from !== undefined && to !== undefined && from < to ? clamp({ from, to }) : undefined;
}

/** Whether it moves on with the time. */
export function goesOn(range: Range): boolean {
  return !('to' in range);
}

/** The parameters of a range; those that another range left are taken away. */
export function parametersOf(range: Range): Record<string, string | null> {
  if ('last' in range) return { last: range.last, from: null, to: null };
  return { last: null, from: iso(range.from), to: 'to' in range ? iso(range.to) : null };
}

/** RFC 3339 without digits that say nothing. */
export function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z').replace(':00Z', 'Z').replace(/Z$/, '');
}

/** As the API reads it. */
export function askedTime(at: number): string {
  return new Date(at).toISOString();
}

/** Up to the end of the minute that is going on, and `last` from a whole minute on, as the API has it. */
export function resolve(range: Range, now: number): Span {
  if ('to' in range) return range;
  const floor = (at: number) => Math.floor(at / MINUTE) * MINUTE;
  const to = floor(now) + MINUTE;
  if ('from' in range) return clamp({ from: range.from, to });
  return { from: Math.max(floor(now - (length(range.last) ?? HOUR)), EARLIEST), to };
}

/** A span on the calendar, no longer than that, and no shorter than what has a bucket. */
export function clamp(span: Span): Span {
  const long = Math.min(Math.max(span.to - span.from, SHORTEST), LATEST - EARLIEST);
  const from = Math.min(Math.max(span.from, EARLIEST), LATEST - long);
  return { from, to: Math.min(from + long, LATEST) };
}

/** Three times as wide around the middle, in whole minutes. */
export function wider(span: Span): Span {
  const by = span.to - span.from;
  return whole({ from: span.from - by, to: span.to + by });
}

/** The span before (-1) or after (1), half of it overlapping. */
export function shifted(span: Span, direction: -1 | 1): Span {
  const by = (direction * (span.to - span.from)) / 2;
  return whole({ from: span.from + by, to: span.to + by });
}

/** Widened to whole minutes. */
export function whole(span: Span): Span {
  return clamp({ from: Math.floor(span.from / MINUTE) * MINUTE, to: Math.ceil(span.to / MINUTE) * MINUTE });
}

/** In words, for headings and screen readers. */
export function rangeName(range: Range, text: (at: number) => string): string {
  if ('last' in range) {
    return PRESETS.find((preset) => preset.last === range.last)?.name ?? `the last ${range.last.replace(/\d+/, '$& ')}`;
  }
  return 'to' in range ? `${text(range.from)} to ${text(range.to)}` : `the time since ${text(range.from)}`;
}
