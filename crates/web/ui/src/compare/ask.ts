/** What a look at several services asks for: all their buckets at once, and the whole range in one row each. */

import { ask } from '../api/request';
import type { Answer, Row } from '../api/shapes';
import { type Columns, columnsOf } from '../chart/series';
import type { Granularity } from '../core/bucket';
import { literal } from '../core/pattern';
import { type Span, askedTime } from '../core/range';
import { buckets } from '../service/ask';

export interface Look {
  told: Answer;
  /** By name, as finely as the API has them. */
  columns: Map<string, Columns>;
  summaries: Map<string, Row>;
}

export function asking(names: string[], span: Span, every: Granularity): (signal: AbortSignal) => Promise<Look> {
  return async (signal) => {
    const range = { from: askedTime(span.from), to: askedTime(span.to) };
    const [series, summary] = await Promise.all([
      buckets(names, span, every, signal),
      ask<Answer>('summary', { ...range, service: names.map(literal) }, signal),
    ]);
    const rows = new Map<string, Row[]>(names.map((name) => [name, []]));
    for (const row of series.answer.rows) rows.get(row.service)?.push(row);
    const columns = names.map((name) => [name, columnsOf(rows.get(name)!, series.every, span)] as const);
    return {
      told: series.answer,
      columns: new Map(columns),
      summaries: new Map(summary.rows.map((row) => [row.service, row])),
    };
  };
}
