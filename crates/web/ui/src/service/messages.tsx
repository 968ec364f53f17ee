/** How many messages the service sent, or which, where the range is short enough for single ones. */

import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { shownNow } from '../api/shown';
import { METRICS, METRIC_NAMES } from '../api/shapes';
import { Chart } from '../chart/chart';
import type { Drawing } from '../chart/plot';
import { type Columns, messagesPerMinute, usualTop } from '../chart/series';
import { change, parameter } from '../core/place';
import { bucketName, count, percent, short, took } from '../core/text';
import { type Column, Table } from '../parts/table';
import { colour, theme } from '../parts/theme';
import type { Look } from './ask';
import { HEIGHT } from './charts';
import { MESSAGES_MAX, type Message } from './raw';

interface Props {
  columns: Columns;
  cursor: Signal<number | null>;
  onZoom: (from: number, to: number) => void;
}

export function Messages({ columns, cursor, onZoom }: Props) {
  const full = parameter('y') === 'full';
  const shade = theme.value;
  const rates = useMemo(() => messagesPerMinute(columns, shownNow.peek()), [columns]);
  const usual = useMemo(() => usualTop(rates), [rates]);
  const top = full ? null : usual;
  const drawing = useMemo<Drawing>(
    () => ({
      kind: 'bars',
      every: columns.every,
      span: columns.span,
      at: columns.at,
      main: { name: 'messages per minute', colour: colour('accent'), values: rates },
      others: [],
      peaks: [],
      top,
    }),
    [columns, rates, top, shade],
  );
  const total = columns.rows.reduce((sum, row) => sum + (row?.count ?? 0), 0);
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
        {top !== null && <Cut rates={rates} top={top} />}
        {here && <span class="at">{count(here.count)} here</span>}
      </Chart>
    </section>
  );
}

/** A few buckets with very many messages are not let press all others flat; this says so, and how to see them. */
function Cut({ rates, top }: { rates: (number | null)[]; top: number }) {
  const beyond = rates.filter((rate) => rate !== null && rate > top) as number[];
  return (
    <span>
      {beyond.length === 1 ? 'one bar is' : `${count(beyond.length)} bars are`} cut, the highest at{' '}
      <b>{short(Math.max(...beyond))}</b>{' '}
      <button type="button" class="textual" onClick={() => change({ y: 'full' })}>
        whole scale
      </button>
    </span>
  );
}

export function SingleMessages({ of: { rows, cut } }: { of: NonNullable<Look['messages']> }) {
  const some = (has: (of: Message) => unknown) => rows.some((of) => has(of) !== null);
  const newest = useMemo(() => [...rows].reverse(), [rows]);
  const columns: Column<Message>[] = [
    { name: 'time', cell: ({ at }) => bucketName('message', at) },
    ...METRICS.map((metric): Column<Message> => {
      return { name: METRIC_NAMES[metric], number: true, cell: (of) => percent(of[metric]) };
    }),
    { name: 'received after', number: true, cell: ({ at, received }) => delay(received - at) },
    ...(some((of) => of.instance) ? [{ name: 'instance', cell: (of: Message) => of.instance ?? '' }] : []),
    ...(some((of) => of.sender) ? [{ name: 'sender', cell: (of: Message) => of.sender ?? '' }] : []),
    ...(some((of) => of.sequence)
      ? [{ name: 'sequence', number: true, cell: (of: Message) => String(of.sequence ?? '') }]
      : []),
  ];
  return (
    <section class="card singles" aria-label="Messages">
      <header>
        <h3>Single messages</h3>
        <span class="quiet" data-summary="messages">
          <b>{count(rows.length)}</b> in this range, the newest first
        </span>
      </header>
      {cut && (
        <p class="banner" role="status">
          Only the newest {count(MESSAGES_MAX)} of the range are shown. Choose a shorter range, or wider buckets.
        </p>
      )}
      <Table caption="Single messages" columns={columns} rows={newest} empty="No messages in this range." />
    </section>
  );
}

/** Clocks differ, so a message may seem to have come before it was sent. */
function delay(ms: number): string {
  return ms < 0 ? `−${took(-ms)}` : took(ms);
}
