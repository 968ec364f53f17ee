/** Rows of an answer as the columns that a chart draws: one place per bucket, also for those without messages. */

import type { Granularity } from '../core/bucket';
import { bucketsOf, floorTo, nextOf, widthOf } from '../core/bucket';
import { DAY, MINUTE, type Span } from '../core/range';
import { METRICS, type Measured, type Metric, type Minute, type Row, type Series } from '../api/shapes';

/** Positions are buckets; `at` holds their starts. */
export interface Columns {
  every: Granularity;
  span: Span;
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
  return { every, span, at, rows: placed };
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

/** The same in wider buckets; what is as wide already, or wider, stays as it is. */
export function gathered(columns: Columns, every: Granularity): Columns {
  if (widthOf(every) <= widthOf(columns.every)) return columns;
  const at = bucketsOf(every, columns.span);
  const position = new Map(at.map((start, index) => [start, index]));
  const parts: Measured[][] = at.map(() => []);
  columns.rows.forEach((row, index) => {
    if (row) parts[position.get(floorTo(every, columns.at[index]!)) ?? -1]?.push(row);
  });
  return { every, span: columns.span, at, rows: parts.map(together) };
}

/** Several rows as one: the mean of all their messages, the least, the highest and the earliest time of it. */
export function together(rows: Measured[]): Measured | null {
  if (rows.length < 2) return rows[0] ?? null;
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const of = (metric: Metric): Series => {
    const peak = rows.reduce((best, row) => (row[metric].max > best[metric].max ? row : best))[metric];
    return {
      avg: rows.reduce((sum, row) => sum + row[metric].avg * row.count, 0) / count,
      min: Math.min(...rows.map((row) => row[metric].min)),
      max: peak.max,
      max_at: peak.max_at,
    };
  };
  const [cpu, ram, disk] = METRICS.map(of);
  return { count, cpu: cpu!, ram: ram!, disk: disk! };
}

export type Part = 'avg' | 'min' | 'max';

export function values(columns: Columns, metric: Metric, part: Part): (number | null)[] {
  return columns.rows.map((row) => row?.[metric][part] ?? null);
}

/** A bucket at either end counts as long as it lies in the range and has passed. */
export function messagesPerMinute(columns: Columns, until: number): (number | null)[] {
  return columns.rows.map((row, index) => {
    const start = Math.max(columns.at[index]!, columns.span.from);
    const end = Math.min(nextOf(columns.every, columns.at[index]!), columns.span.to, Math.max(until, start + MINUTE));
    return row ? row.count / (Math.max(end - start, MINUTE) / MINUTE) : null;
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

/** Buckets that the shift does not divide into cannot be laid over each other. */
export function comparable(every: Granularity, of: Comparison): boolean {
  const width = widthOf(every);
  return every !== 'message' && width < of.shift && of.shift % width === 0;
}

export function comparisons(chosen: string | null, every: Granularity): Comparison[] {
  const wanted = chosen?.split(',') ?? [];
  return COMPARISONS.filter((of) => wanted.includes(of.value) && comparable(every, of));
}

/** The part of a chart between two instants, as whole buckets. */
export function zoomed(every: Granularity, from: number, to: number): Span {
  return { from: floorTo(every, from), to: nextOf(every, floorTo(every, Math.max(from, to - 1))) };
}

/**
 * The top of a scale on which a few outliers do not press all else flat: well above what nearly all values are. Null
 * where nothing lies far beyond.
 */
export function usualTop(values: (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((one, other) => one - other);
  const most = sorted.at(-1);
  if (most === undefined || sorted.length < 20) return null;
  const usual = sorted[Math.floor((sorted.length - 1) * 0.97)]! * 1.5;
  return usual > 0 && most > usual * 2 ? usual : null;
}

/** Points that have no neighbour would be lines without length. */
export function alone(values: ArrayLike<number | null | undefined>): number[] {
  const found = [];
  for (let at = 0; at < values.length; at++) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) found.push(at);
  }
  return found;
}
