/** What one look at a service asks for: its buckets, the whole range in one row, and earlier times to compare with. */

import { ask } from '../api/request';
import type { Answer } from '../api/shapes';
import type { Granularity } from '../core/bucket';
import { literal } from '../core/pattern';
import { type Span, askedTime } from '../core/range';
import { type Columns, type Comparison, columnsOf } from './series';

export interface Other {
  comparison: Comparison;
  columns: Columns;
}

export interface Look {
  span: Span;
  every: Granularity;
  main: Answer;
  summary: Answer;
  others: Other[];
}

export function asking(
  name: string,
  span: Span,
  every: Granularity,
  compared: Comparison[],
): (signal: AbortSignal) => Promise<Look> {
  const service = literal(name);
  const series = (of: Span, signal: AbortSignal) =>
    ask<Answer>('series', { from: askedTime(of.from), to: askedTime(of.to), every, service }, signal);
  return async (signal) => {
    const range = { from: askedTime(span.from), to: askedTime(span.to) };
    const [main, summary, ...earlier] = await Promise.all([
      series(span, signal),
      ask<Answer>('summary', { ...range, service }, signal),
      ...compared.map(({ shift }) => series({ from: span.from - shift, to: span.to - shift }, signal)),
    ]);
    const shown = (main.every as Granularity | undefined) ?? every;
    const others = compared.map((comparison, at) => {
      const { shift } = comparison;
      return {
        comparison,
        columns: columnsOf(earlier[at]!.rows, every, { from: span.from - shift, to: span.to - shift }),
      };
    });
    return { span, every: shown, main, summary, others };
  };
}
