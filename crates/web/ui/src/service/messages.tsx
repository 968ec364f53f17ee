/** How many messages the service sent. */

import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { shownNow } from '../api/shown';
import { count, percent } from '../core/text';
import { colour, theme } from '../parts/theme';
import { Chart } from './chart';
import { HEIGHT } from './charts';
import type { Drawing } from './plot';
import { type Columns, messagesPerMinute } from './series';

interface Props {
  columns: Columns;
  cursor: Signal<number | null>;
  onZoom: (from: number, to: number) => void;
}

export function Messages({ columns, cursor, onZoom }: Props) {
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
  const heard = columns.rows.filter((row) => row !== null).length;
  const begun = columns.at.filter((at) => at <= shownNow.peek()).length;
  const index = cursor.value;
  const here = index === null ? null : columns.rows[index];
  return (
    <section class="card" aria-label="Messages">
      <Chart
        name="Messages per minute"
        spoken={`${count(total)} messages in this range`}
        height={HEIGHT}
        drawing={drawing}
        onCursor={(at) => (cursor.value = at)}
        onZoom={onZoom}
      >
        <h3>Messages per minute</h3>
        <span data-summary="messages">
          <b>{count(total)}</b> in this range, by their own time
        </span>
        {begun > 0 && (
          <span data-summary="heard">
            heard in <b>{percent(heard / begun)}</b> of its {columns.every}s
          </span>
        )}
        {here && <span style={{ marginLeft: 'auto' }}>{count(here.count)} here</span>}
      </Chart>
    </section>
  );
}
