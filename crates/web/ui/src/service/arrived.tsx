/** How many messages the service sent, and under it what became of everything that arrived in the same time. */

import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { byMinute } from '../api/ledger';
import { useAnswer } from '../api/load';
import { ask } from '../api/request';
import type { LedgerLine } from '../api/shapes';
import { shownNow } from '../api/shown';
import { DAY, type Span, askedTime } from '../core/range';
import { count } from '../core/text';
import { Marks, MarksLegend } from '../parts/marks';
import { colour, theme } from '../parts/theme';
import { Chart } from './chart';
import type { Drawing } from './plot';
import { type Columns, messagesPerMinute } from './series';

/** The ledger has a line for each minute and source. */
const LEDGER_MAX = 8 * DAY;

interface Props {
  columns: Columns;
  span: Span;
  cursor: Signal<number | null>;
  onZoom: (from: number, to: number) => void;
}

export function Arrived({ columns, span, cursor, onZoom }: Props) {
  const shade = theme.value;
  const rates = useMemo(() => messagesPerMinute(columns, shownNow.peek()), [columns]);
  const drawing = useMemo<Drawing>(
    () => ({
      kind: 'bars',
      every: columns.every,
      at: columns.at,
      main: { name: 'messages per minute', colour: colour('accent'), values: rates },
      others: [],
      peaks: [],
      top: null,
    }),
    [columns, rates, shade],
  );
  const total = columns.rows.reduce((sum, row) => sum + (row?.count ?? 0), 0);
  const index = cursor.value;
  const here = index === null ? null : columns.rows[index];
  return (
    <section class="card" aria-label="Messages">
      <Chart
        name="Messages per minute"
        spoken={`${count(total)} messages in this range`}
        height={110}
        drawing={drawing}
        onCursor={(at) => (cursor.value = at)}
        onZoom={onZoom}
      >
        <h3>Messages per minute</h3>
        <span data-summary="messages">
          <b>{count(total)}</b> in this range, by their own time
        </span>
        {here && <span style={{ marginLeft: 'auto' }}>{count(here.count)} here</span>}
      </Chart>
      <Coverage span={span} />
    </section>
  );
}

function Coverage({ span }: { span: Span }) {
  const small = span.to - span.from <= LEDGER_MAX;
  const load = async (signal: AbortSignal) =>
    small ? await ask<LedgerLine[]>('ledger', { from: askedTime(span.from), to: askedTime(span.to) }, signal) : [];
  const { answer } = useAnswer(`ledger|${span.from}|${span.to}`, load, null);
  const fates = useMemo(() => answer && byMinute(answer, span), [answer]);
  return (
    <div class="editor">
      <h3>
        What arrived from all services, and what became of it <span class="quiet">by time of receipt</span>
      </h3>
      {small ? (
        fates ? (
          <Marks fates={fates} span={span} />
        ) : (
          <div class="bone marks" />
        )
      ) : (
        <p class="quiet">
          Up to 8 days are shown minute by minute; for longer ranges the line above the charts says it in sum.
        </p>
      )}
      {small && <MarksLegend />}
    </div>
  );
}
