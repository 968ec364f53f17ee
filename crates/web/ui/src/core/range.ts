/** Ranges of time as the address bar holds them: the last so long, or from one instant to another. */

export type Range = { last: string } | { from: number; to: number };

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
  const from = instant(parameters.get('from'));
  const to = instant(parameters.get('to'));
  if (from !== undefined && to !== undefined && from < to) return clamp({ from, to });
  const last = parameters.get('last');
  return last !== null && length(last) !== undefined ? { last } : USUAL;
}

/** The parameters of a range; those that another range left are taken away. */
export function parametersOf(range: Range): Record<string, string | null> {
  return 'last' in range
    ? { last: range.last, from: null, to: null }
    : { last: null, from: iso(range.from), to: iso(range.to) };
}

/** RFC 3339 without digits that say nothing. */
export function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z').replace(':00Z', 'Z').replace(/Z$/, '');
}

/** As the API reads it. */
export function askedTime(at: number): string {
  return new Date(at).toISOString();
}

/** From whole minute to whole minute, the one that is going on included: what `last=` means to the API. */
export function resolve(range: Range, now: number): Span {
  if ('from' in range) return range;
  const floor = (at: number) => Math.floor(at / MINUTE) * MINUTE;
  return { from: floor(now - (length(range.last) ?? HOUR)), to: floor(now) + MINUTE };
}

/** A span on the calendar and no shorter than what has a bucket. */
export function clamp(span: Span): Span {
  const long = Math.max(span.to - span.from, SHORTEST);
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
  return `${text(range.from)} to ${text(range.to)}`;
}
