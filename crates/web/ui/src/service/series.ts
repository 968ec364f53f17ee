/** Rows of an answer as the columns that a chart draws: one place per bucket, also for those without messages. */

import type { Granularity } from '../core/bucket';
import { bucketsOf, nextOf } from '../core/bucket';
import { DAY, MINUTE, type Span } from '../core/range';
import type { Measured, Metric, Minute, Row } from '../api/shapes';

/** Positions are buckets; `at` holds their starts. */
export interface Columns {
  every: Granularity;
  at: number[];
  rows: (Measured | null)[];
}

export function columnsOf(rows: Row[], every: Granularity, span: Span): Columns {
  const at = bucketsOf(every, span);
  const position = new Map(at.map((start, index) => [start, index]));
  const placed: (Measured | null)[] = at.map(() => null);
  for (const row of rows) {
    const index = position.get(Date.parse(row.bucket!));
    if (index !== undefined) placed[index] = row;
  }
  return { every, at, rows: placed };
}

/** The minutes that are live in place of those that were asked for a moment ago. */
export function withLive(columns: Columns, minutes: (Minute | null | undefined)[]): Columns {
  if (columns.every !== 'minute') return columns;
  const rows = [...columns.rows];
  for (const minute of minutes) {
    const index = minute ? (Date.parse(minute.time) - (columns.at[0] ?? 0)) / MINUTE : -1;
    if (minute && Number.isInteger(index) && index >= 0 && index < rows.length) rows[index] = minute;
  }
  return { ...columns, rows };
}

export type Part = 'avg' | 'min' | 'max';

export function values(columns: Columns, metric: Metric, part: Part): (number | null)[] {
  return columns.rows.map((row) => row?.[metric][part] ?? null);
}

export function messagesPerMinute(columns: Columns, until: number): (number | null)[] {
  return columns.rows.map((row, index) => {
    const start = columns.at[index]!;
    const long = Math.min(nextOf(columns.every, start), Math.max(until, start + MINUTE)) - start;
    return row ? row.count / (long / MINUTE) : null;
  });
}

export interface Peak {
  index: number;
  share: number;
  at: number;
}

/** The highest values that stand apart from each other, the highest first; of equal ones the earliest. */
export function peaks(columns: Columns, metric: Metric, most: number): Peak[] {
  const apart = Math.max(1, Math.floor(columns.at.length / 12));
  const all = columns.rows.flatMap((row, index): Peak[] =>
    row ? [{ index, share: row[metric].max, at: Date.parse(row[metric].max_at) }] : [],
  );
  all.sort((one, other) => other.share - one.share || one.at - other.at);
  const chosen: Peak[] = [];
  for (const peak of all) {
    if (chosen.length === most) break;
    if (chosen.every((taken) => Math.abs(taken.index - peak.index) >= apart)) chosen.push(peak);
  }
  return chosen;
}

/** Earlier times drawn over the present ones. */
export const COMPARISONS = [
  { value: 'day', label: 'yesterday', shift: DAY },
  { value: 'week', label: 'last week', shift: 7 * DAY },
] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Buckets that a day does not divide into cannot be laid over each other. */
export function comparable(every: Granularity, of: Comparison): boolean {
  return every === 'minute' || every === 'hour' || (every === 'day' && of.value === 'week');
}

export function comparisons(chosen: string | null, every: Granularity): Comparison[] {
  const wanted = chosen?.split(',') ?? [];
  return COMPARISONS.filter((of) => wanted.includes(of.value) && comparable(every, of));
}

/** The part of a chart between two instants, as whole buckets. */
export function zoomed(every: Granularity, from: number, to: number, floor: (at: number) => number): Span {
  return { from: floor(from), to: nextOf(every, floor(Math.max(from, to - 1))) };
}

/** Points that have no neighbour would be lines without length. */
export function alone(values: ArrayLike<number | null | undefined>): number[] {
  const found = [];
  for (let at = 0; at < values.length; at++) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) found.push(at);
  }
  return found;
}
