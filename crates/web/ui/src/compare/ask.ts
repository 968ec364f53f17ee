/** What a look at several services asks for: their buckets, as wide as they are drawn, and the whole range in a row each. */

import { ask as askFor } from '../api/request';
import { type Answer, METRICS, type Measured, type Row } from '../api/shapes';
import { type Value, ask, quoted } from '../api/sql';
import type { Columns } from '../chart/series';
import { type Granularity, baseOf, bucketsOf, floorTo, widthOf } from '../core/bucket';
import { literal } from '../core/pattern';
import { MINUTE, type Span, askedTime } from '../core/range';

export interface Look {
  told: Answer;
  every: Granularity;
  /** By name. */
  columns: Map<string, Columns>;
  summaries: Map<string, Row>;
}

/**
 * A dozen services have ten times the rows of one, so they are put together where they lie. What a chart of lines does not
 * show is left out.
 */
export function statement(names: string[], span: Span, every: Granularity): string {
  const base = baseOf(every);
  const minutes = widthOf(every) / MINUTE;
  const origin = askedTime(floorTo(every, 0));
  const whole = every === base;
  const time = whole ? 'time' : `date_bin(INTERVAL '${minutes} minutes', time, TIMESTAMP '${origin}')`;
  const shares = METRICS.flatMap((of) => [
    `round(sum(${of}_avg * count) / sum(count), 6)`,
    `min(${of}_min)`,
    `max(${of}_max)`,
  ]);
  return (
    `SELECT service, CAST(extract(epoch FROM ${time}) AS BIGINT), sum(count), ${shares.join(', ')} FROM ${base} ` +
    `WHERE service IN (${names.map(quoted).join(', ')}) AND time >= TIMESTAMP '${askedTime(floorTo(base as Granularity, span.from))}' ` +
    `AND time < TIMESTAMP '${askedTime(span.to)}' GROUP BY 1, 2`
  );
}

/** Rows of such a statement, each in its place. */
export function placed(rows: Value[][], names: string[], span: Span, every: Granularity): Map<string, Columns> {
  const at = bucketsOf(every, span);
  const position = new Map(at.map((start, index) => [start, index]));
  const found = new Map<string, Columns>();
  for (const name of names) found.set(name, { every, span, at, rows: at.map(() => null) });
  for (const [name, second, ...numbers] of rows) {
    const index = position.get(Number(second) * 1000);
    const columns = found.get(String(name));
    if (index !== undefined && columns) columns.rows[index] = measured(numbers.map(Number));
  }
  return found;
}

function measured([count, ...shares]: number[]): Measured {
  const of = (at: number) => ({ avg: shares[at]!, min: shares[at + 1]!, max: shares[at + 2]!, max_at: '' });
  return { count: count!, cpu: of(0), ram: of(3), disk: of(6) };
}

export function asking(names: string[], span: Span, every: Granularity): (signal: AbortSignal) => Promise<Look> {
  return async (signal) => {
    const range = { from: askedTime(span.from), to: askedTime(span.to) };
    const [buckets, told] = await Promise.all([
      ask(statement(names, span, every), signal),
      askFor<Answer>('summary', { ...range, service: names.map(literal) }, signal),
    ]);
    return {
      told,
      every,
      columns: placed(buckets.rows, names, span, every),
      summaries: new Map(told.rows.map((row) => [row.service, row])),
    };
  };
}
