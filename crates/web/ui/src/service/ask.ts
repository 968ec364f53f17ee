/** What one look at a service asks for: its buckets or messages, the whole range in one row, and earlier times. */

import { ask } from '../api/request';
import type { Answer, Row } from '../api/shapes';
import { type Columns, type Comparison, columnsOf } from '../chart/series';
import { type Base, type Granularity, baseOf } from '../core/bucket';
import { literal } from '../core/pattern';
import { type Span, askedTime } from '../core/range';
import { type Message, asColumns, messagesOf } from './raw';

export interface Other {
  comparison: Comparison;
  columns: Columns;
}

export interface Look {
  /** As finely as the API has them; what is drawn is gathered from it. */
  columns: Columns;
  /** Which range it is, and how complete. */
  told: Answer;
  /** Of the whole range; null where there are no messages. */
  summary: Row | null;
  others: Other[];
  /** Where single messages are shown. */
  messages: { rows: Message[]; cut: boolean } | null;
}

function rangeOf(span: Span) {
  return { from: askedTime(span.from), to: askedTime(span.to) };
}

/** Buckets as the API has them; coarser than asked for where finer ones are not kept. */
async function buckets(
  service: string,
  span: Span,
  every: Granularity,
  signal: AbortSignal,
): Promise<{ answer: Answer; every: Granularity }> {
  const base = baseOf(every);
  const answer = await ask<Answer>('series', { ...rangeOf(span), every: base, service: literal(service) }, signal);
  return { answer, every: (answer.every as Base | undefined) ?? base };
}

export function asking(
  name: string,
  span: Span,
  every: Granularity,
  compared: Comparison[],
): (signal: AbortSignal) => Promise<Look> {
  return async (signal) => {
    const summary = ask<Answer>('summary', { ...rangeOf(span), service: literal(name) }, signal);
    if (every === 'message') {
      const [told, messages] = await Promise.all([summary, messagesOf(name, span, signal)]);
      const columns = asColumns(messages.rows, span);
      return { columns, told, summary: told.rows[0] ?? null, others: [], messages };
    }
    const [whole, main, ...earlier] = await Promise.all([
      summary,
      buckets(name, span, every, signal),
      ...compared.map(({ shift }) => buckets(name, shifted(span, shift), every, signal)),
    ]);
    const others = compared.map((comparison, at) => {
      const { answer, every: found } = earlier[at]!;
      return { comparison, columns: columnsOf(answer.rows, found, shifted(span, comparison.shift)) };
    });
    const columns = columnsOf(main.answer.rows, main.every, span);
    return { columns, told: main.answer, summary: whole.rows[0] ?? null, others, messages: null };
  };
}

function shifted(span: Span, by: number): Span {
  return { from: span.from - by, to: span.to - by };
}
